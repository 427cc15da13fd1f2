// A name server that does what a test tells it to, by UDP and TCP on one port: the upstream of forward's tests. Hostile when asked to be. Tests only.

import { createSocket, type RemoteInfo, type Socket as UdpSocket } from 'node:dgram';
import { createServer, type Server, type Socket } from 'node:net';
import { type Answer, AUTHORITATIVE_ANSWER, decode, encode, type Packet, RECURSION_AVAILABLE } from 'dns-packet';

/** A request as it came in. */
export interface Received {
  readonly message: Buffer;
  readonly proto: 'udp' | 'tcp' | 'tls' | 'https';
  /** The client's port: tells sockets and connections apart. */
  readonly port: number;
  /** The client's address. */
  readonly address: string;
  readonly id: number;
  /** As sent, with the final dot. */
  readonly name: string;
  readonly type: string;
  /** Counts the requests of this upstream from 0. */
  readonly index: number;
}

/** Where a request came from. */
type Peer = Pick<RemoteInfo, 'port' | 'address'>;

/** What goes back: messages in this order, 'close' ends the TCP connection; nothing at all is silence. */
export type Reaction = Uint8Array | 'close';
export type Script = (request: Received) => readonly Reaction[] | Promise<readonly Reaction[]>;

/** The parts of a reply that differ from an honest one without records. */
export interface ReplyParts {
  readonly id?: number;
  readonly rcode?: number;
  /** Flags beside QR and what the client sent; AA and RA when left out. */
  readonly flags?: number;
  readonly question?: { readonly name: string; readonly type: string };
  readonly answers?: readonly Answer[];
  readonly authorities?: readonly Answer[];
  readonly additionals?: readonly Answer[];
}

const RD = 0x0100;
const CD = 0x0010;
const PORT_TRIES = 20;

/** A reply as an honest server would send it, but for `parts`. Names are not compressed. */
export function replyTo(request: Received, parts: ReplyParts = {}): Buffer {
  const flags = parts.flags ?? AUTHORITATIVE_ANSWER | RECURSION_AVAILABLE;
  const message = encode({
    type: 'response',
    id: parts.id ?? request.id,
    flags: flags | (request.message.readUInt16BE(2) & (RD | CD)) | (parts.rcode ?? 0),
    questions: [{ name: request.name, type: request.type, ...parts.question } as NonNullable<Packet['questions']>[0]],
    answers: [...(parts.answers ?? [])],
    authorities: [...(parts.authorities ?? [])],
    additionals: [...(parts.additionals ?? [])],
  });
  return message;
}

/** Answers every question for an address with `address`. */
export function answering(address: string, ttl = 60): Script {
  return (request) => [replyTo(request, { answers: [{ name: request.name, type: 'A', ttl, data: address }] })];
}

/** Says nothing, ever. */
export const silent: Script = () => [];

/** A script that waits with each of its reactions until the test opens the gate. */
export class Gate {
  readonly #opened: Promise<void>;
  #open: () => void = () => {};

  constructor() {
    this.#opened = new Promise((resolve) => {
      this.#open = resolve;
    });
  }

  open(): void {
    this.#open();
  }

  before(script: Script): Script {
    return async (request) => {
      await this.#opened;
      return script(request);
    };
  }
}

export class ScriptedUpstream {
  /** May be changed at any time. */
  script: Script;
  readonly port: number;
  readonly seen: Received[] = [];
  readonly #udp: UdpSocket;
  readonly #tcp: Server;
  readonly #connections = new Set<Socket>();
  /** TCP connections that have been accepted. */
  accepted = 0;
  #closed = false;

  private constructor(script: Script, udp: UdpSocket, tcp: Server) {
    this.script = script;
    this.port = udp.address().port;
    this.#udp = udp;
    this.#tcp = tcp;
    udp.on('message', (message, from) => this.#datagram(message, from));
    udp.on('error', () => {});
    tcp.on('connection', (socket) => this.#accept(socket));
  }

  /** Listens on the loopback address at a free port, by UDP and TCP. */
  static async open(script: Script): Promise<ScriptedUpstream> {
    for (let tries = 0; tries < PORT_TRIES; tries++) {
      const udp = createSocket('udp4');
      await new Promise<void>((resolve) => udp.bind(0, '127.0.0.1', resolve));
      const tcp = createServer({ noDelay: true });
      if (await listens(tcp, udp.address().port)) return new ScriptedUpstream(script, udp, tcp);
      udp.close();
    }
    throw new Error('no port is free for both UDP and TCP');
  }

  get text(): string {
    return `127.0.0.1:${this.port}`;
  }

  /** Different source ports seen. */
  get ports(): number {
    return new Set(this.seen.map((request) => request.port)).size;
  }

  get connections(): number {
    return this.#connections.size;
  }

  /** Ends every TCP connection. */
  hangUp(): void {
    for (const socket of this.#connections) socket.end();
  }

  /** Sends each message to each port, whether somebody there asked or not. */
  spray(messages: readonly Uint8Array[], ports: readonly number[]): void {
    for (const message of messages) for (const port of ports) this.#udp.send(message, port, '127.0.0.1', () => {});
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const socket of this.#connections) socket.destroy();
    await Promise.all([
      new Promise<void>((resolve) => this.#udp.close(() => resolve())),
      new Promise<void>((resolve) => this.#tcp.close(() => resolve())),
    ]);
  }

  #datagram(message: Buffer, from: RemoteInfo): void {
    const request = this.#receive(message, 'udp', from);
    this.#react(request, (reaction) => {
      if (reaction !== 'close') this.#udp.send(reaction, from.port, from.address, () => {});
    });
  }

  #accept(socket: Socket): void {
    this.accepted++;
    this.#connections.add(socket);
    let rest: Buffer = Buffer.alloc(0);
    const peer = { port: socket.remotePort ?? 0, address: socket.remoteAddress ?? '' };
    socket.on('error', () => {});
    socket.on('close', () => this.#connections.delete(socket));
    socket.on('data', (chunk: Buffer) => {
      rest = Buffer.concat([rest, chunk]);
      while (rest.length >= 2 && rest.length >= 2 + rest.readUInt16BE(0)) {
        const length = rest.readUInt16BE(0);
        const request = this.#receive(rest.subarray(2, 2 + length), 'tcp', peer);
        rest = rest.subarray(2 + length);
        this.#react(request, (reaction) => {
          if (reaction === 'close') socket.end();
          else if (!socket.destroyed) socket.write(Buffer.concat([lengthPrefix(reaction), reaction]));
        });
      }
    });
  }

  #receive(message: Buffer, proto: Received['proto'], { port, address }: Peer): Received {
    const { id = 0, questions } = decode(message);
    const { name, type } = questions?.[0] ?? { name: '.', type: 'A' };
    const fqdn = name === '.' ? name : `${name}.`;
    const request = { message, proto, port, address, id, name: fqdn, type, index: this.seen.length };
    this.seen.push(request);
    return request;
  }

  #react(request: Received, send: (reaction: Reaction) => void): void {
    const reactions = this.script(request);
    if (reactions instanceof Promise) void reactions.then((list) => this.#closed || list.forEach(send));
    else reactions.forEach(send);
  }
}

function lengthPrefix(message: Uint8Array): Buffer {
  const prefix = Buffer.alloc(2);
  prefix.writeUInt16BE(message.length);
  return prefix;
}

function listens(server: Server, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => resolve(true));
  });
}

/** Waits until `condition` is true; fails after `milliseconds`. */
export async function until(condition: () => boolean, what: string, milliseconds = 3000): Promise<void> {
  const end = performance.now() + milliseconds;
  while (!condition()) {
    if (performance.now() > end) throw new Error(`waited ${milliseconds} ms in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

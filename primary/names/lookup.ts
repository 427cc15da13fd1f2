// Asks one name server for one kind of address: UDP first, TCP for what does not fit. Called by resolve.ts. Cold.

import { randomInt } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { createConnection, isIPv6 } from 'node:net';
import { type DecodedPacket, decode, encode, RECURSION_DESIRED, TRUNCATED_RESPONSE } from 'dns-packet';
import { errorText } from '#native/errno.ts';
import type { UpstreamAddress } from '#workers/lib/upstream/address.ts';

/** Milliseconds for a question, as with the reference. */
const TIMEOUT = 2000;
/** Octets of a stream that are kept while the message is not complete: its length and the longest message. */
const MAX_STREAM = 2 + 65_535;

export interface Question {
  /** Without the final dot, in lower case. */
  readonly name: string;
  readonly type: 'A' | 'AAAA';
}

/** The server's answer; rejects with a text that an operator understands when there is none. */
export async function lookUp(server: UpstreamAddress, question: Question, timeout = TIMEOUT): Promise<DecodedPacket> {
  const id = randomInt(65_536);
  const request = encode({ type: 'query', id, flags: RECURSION_DESIRED, questions: [{ ...question, class: 'IN' }] });
  const accept = (message: Uint8Array): DecodedPacket | undefined => read(message, id, question);
  const reply = await askUdp(server, request, accept, timeout);
  return ((reply.flags ?? 0) & TRUNCATED_RESPONSE) === 0 ? reply : askTcp(server, request, accept, timeout);
}

/** The message, if it is the reply to the question; whatever else comes is ignored. */
function read(message: Uint8Array, id: number, { name, type }: Question): DecodedPacket | undefined {
  try {
    const packet = decode(Buffer.from(message));
    const [asked, more] = packet.questions ?? [];
    const same = asked?.name.toLowerCase() === name && asked.type === type && more === undefined;
    return packet.type === 'response' && packet.id === id && same ? packet : undefined;
  } catch {
    return undefined;
  }
}

type Accept = (message: Uint8Array) => DecodedPacket | undefined;

/** Over a connected socket with a port of the kernel's choice: datagrams from elsewhere are not even seen. */
function askUdp(server: UpstreamAddress, request: Uint8Array, accept: Accept, timeout: number): Promise<DecodedPacket> {
  return new Promise((resolve, reject) => {
    const socket = createSocket(isIPv6(server.address) ? 'udp6' : 'udp4');
    const timer = setTimeout(() => fail('i/o timeout'), timeout);
    let done = false;
    const finish = (): boolean => {
      if (done) return false;
      done = true;
      clearTimeout(timer);
      socket.close();
      return true;
    };
    const fail = (why: string): void => {
      if (finish()) reject(new Error(`read udp ${server.text}: ${why}`));
    };
    socket.on('error', (error: NodeJS.ErrnoException) => fail(errorText(error.code ?? error.message)));
    socket.on('message', (message) => {
      const packet = accept(message);
      if (packet !== undefined && finish()) resolve(packet);
    });
    socket.connect(server.port, server.address, () => {
      if (!done) socket.send(request);
    });
  });
}

function askTcp(server: UpstreamAddress, request: Uint8Array, accept: Accept, timeout: number): Promise<DecodedPacket> {
  return new Promise((resolve, reject) => {
    const socket = createConnection({ host: server.address, port: server.port });
    const timer = setTimeout(() => fail('i/o timeout'), timeout);
    const fail = (why: string): void => {
      clearTimeout(timer);
      socket.destroy();
      reject(new Error(`read tcp ${server.text}: ${why}`));
    };
    let stream = Buffer.alloc(0);
    socket.on('error', (error: NodeJS.ErrnoException) => fail(errorText(error.code ?? error.message)));
    socket.on('close', () => fail('EOF'));
    socket.on('data', (chunk: Buffer) => {
      stream = Buffer.concat([stream, chunk]).subarray(0, MAX_STREAM);
      if (stream.length < 2 || stream.length < 2 + stream.readUInt16BE(0)) return;
      const packet = accept(stream.subarray(2, 2 + stream.readUInt16BE(0)));
      if (packet === undefined) {
        fail('not the reply to the question');
        return;
      }
      clearTimeout(timer);
      resolve(packet);
      socket.destroy();
    });
    const length = Buffer.alloc(2);
    length.writeUInt16BE(request.length);
    socket.write(Buffer.concat([length, request]));
  });
}

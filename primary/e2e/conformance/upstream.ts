// The upstream that the recordings were made with: NSD over the same zone files, or our own responder where it is not installed. Cold.

import { type ChildProcess, spawn } from 'node:child_process';
import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { once } from 'node:events';
import { accessSync, constants, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { ask, freePort, until } from '../harness.ts';
import { framed } from '../stream.ts';
import { Authority, labelsOf } from './authority.ts';
import { readZone, type Zone } from './zone-file.ts';

const DATA = join(import.meta.dirname, 'data');
const ZONES = ['example.com', 'example.org'] as const;
const NSD_PATHS = ['/usr/sbin/nsd', '/usr/local/sbin/nsd', '/usr/bin/nsd'] as const;

export interface Upstream {
  readonly name: string;
  readonly port: number;
  close(): Promise<void>;
}

/** Our own one also tells what it was asked. */
export interface Responder extends Upstream {
  /** How often this name (with its last dot) was asked for. */
  asked(name: string): number;
}

/** Where a responder listens. */
export interface Place {
  readonly address: string;
  readonly port: number;
}

/** Where NSD is installed; undefined when it is not. */
export function findNsd(): string | undefined {
  return NSD_PATHS.find((path) => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** NSD when it is installed, otherwise our own responder. */
export function openUpstream(): Promise<Upstream> {
  const nsd = findNsd();
  return nsd === undefined ? openAuthority() : openNsd(nsd);
}

/** NSD in the foreground on a free port, everything it writes in a folder of its own. */
async function openNsd(path: string): Promise<Upstream> {
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), 'shoal-nsd-'));
  const config = join(folder, 'nsd.conf');
  writeFileSync(config, nsdConfig(folder, port));
  const child = spawn(path, ['-d', '-c', config], { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr?.on('data', (chunk) => {
    said += chunk;
  });
  const kill = (): void => void child.kill('SIGKILL');
  process.once('exit', kill);
  const close = async (): Promise<void> => {
    process.off('exit', kill);
    await end(child);
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await until(
      () => ask(port, 'example.com', 'SOA', { timeout: 200, retries: 0 }).catch(() => null),
      10_000,
      () => `NSD: ${said}`,
    );
  } catch (error) {
    await close();
    throw error;
  }
  return { name: 'NSD', port, close };
}

/** What it says about itself is part of the recordings. */
function nsdConfig(folder: string, port: number): string {
  const zones = ZONES.map((zone) => `zone:\n  name: ${zone}\n  zonefile: ${join(DATA, `${zone}.zone`)}\n`);
  return `server:
  ip-address: 127.0.0.1@${port}
  server-count: 1
  username: "${userInfo().username}"
  chroot: ""
  zonesdir: "${folder}"
  database: ""
  pidfile: "${folder}/nsd.pid"
  xfrdfile: "${folder}/xfrd.state"
  zonelistfile: "${folder}/zone.list"
  xfrdir: "${folder}"
  logfile: "${folder}/nsd.log"
  identity: "vm"
  version: "NSD 4.6.1"
  rrl-ratelimit: 0
remote-control:
  control-enable: no
${zones.join('')}`;
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  const late = setTimeout(() => child.kill('SIGKILL'), 3000);
  await ended;
  clearTimeout(late);
}

/** Our own responder with the zones of the recordings. */
export function openAuthority(): Promise<Responder> {
  return openResponder(ZONES.map((zone) => readZone(join(DATA, `${zone}.zone`))));
}

/** Our own responder over UDP and TCP; on a free port unless told where. Rejects when it cannot listen there. */
export async function openResponder(zones: readonly Zone[], at?: Place): Promise<Responder> {
  const { address, port } = at ?? { address: '127.0.0.1', port: await freePort() };
  const authority = new Authority(zones);
  const asked = new Map<string, number>();
  const answer = (message: Buffer, tcp: boolean): Buffer | undefined => {
    const name = message.length > 12 ? decodeQuestion(message) : '';
    asked.set(name, (asked.get(name) ?? 0) + 1);
    return authority.answer(message, tcp);
  };
  const udp = await bindUdp(port, address);
  udp.on('message', (message, peer) => {
    const reply = answer(message, false);
    if (reply !== undefined) udp.send(reply, peer.port, peer.address);
  });
  const tcp = createServer({ noDelay: true }, (socket) => serve(socket, answer)).listen(port, address);
  await once(tcp, 'listening');
  const close = async (): Promise<void> => {
    udp.close();
    tcp.close();
  };
  return { name: 'our own responder', port, close, asked: (name) => asked.get(name.toLowerCase()) ?? 0 };
}

async function bindUdp(port: number, address: string): Promise<UdpSocket> {
  const udp = createSocket('udp4').bind(port, address);
  await once(udp, 'listening');
  return udp;
}

function decodeQuestion(message: Buffer): string {
  return labelsOf(message, 12).name.toLowerCase();
}

function serve(socket: Socket, answer: (message: Buffer, tcp: boolean) => Buffer | undefined): void {
  let data: Buffer = Buffer.alloc(0);
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk: Buffer) => {
    data = Buffer.concat([data, chunk]);
    while (data.length >= 2 && data.length >= 2 + data.readUInt16BE(0)) {
      const end = 2 + data.readUInt16BE(0);
      const reply = answer(data.subarray(2, end), true);
      data = data.subarray(end);
      if (reply !== undefined) socket.write(framed(reply));
    }
  });
}

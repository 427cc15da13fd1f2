// Runs the generator as a process of its own on its own processor. Cold.

import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Report } from '#loadtest/generator/report.ts';
import type { RunningPeer } from '#loadtest/peers/peer.ts';
import type { Options } from './options.ts';

const GENERATOR = join(import.meta.dirname, '..', 'main.ts');

/** `names`: path of a names file. @throws Error with what the generator printed when it fails */
export async function measure(peer: RunningPeer, names: string, options: Options): Promise<Report> {
  const { seconds, warmup, clients, window, rate, edns } = options;
  const flags = { server: `127.0.0.1:${peer.port}`, names, seconds, warmup, clients, window, rate, edns };
  const words = Object.entries(flags).map(([name, value]) => `--${name}=${value}`);
  const generator = [process.execPath, GENERATOR, ...words, `--server-pid=${peer.pids.join(',')}`, '--json'];
  const { stdout } = await promisify(execFile)('taskset', ['-c', String(options['client-cpu']), ...generator]);
  return JSON.parse(stdout) as Report;
}

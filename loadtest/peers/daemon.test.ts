// Daemons made of small programs, so that every way of starting and ending can be had.

import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { PeerError } from '#loadtest/errors.ts';
import { processTree } from '#loadtest/generator/processes.ts';
import { type Daemon, startDaemon } from './daemon.ts';
import { missingExecutable } from './executable.ts';
import type { PeerOptions } from './peer.ts';
import { freePort } from './port.ts';

const skip = missingExecutable('taskset') ?? false;

/** Answers everything with NOERROR on the port that is its first argument. */
const SERVER = `
  const socket = require('node:dgram').createSocket('udp4');
  socket.on('message', (query, from) => {
    query[2] |= 0x80;
    socket.send(query, from.port, from.address);
  });
  socket.bind(Number(process.argv[2]), '127.0.0.1');
`;

async function options(): Promise<PeerOptions> {
  return { port: await freePort(), zone: { origin: 'cluster.local', text: '' }, cpu: 0 };
}

function daemon(port: number, source: string, more: Partial<Daemon> = {}): Daemon {
  const args = ['{folder}/server.cjs', String(port)];
  return { name: 'test', program: process.execPath, args, files: { 'server.cjs': source }, ...more };
}

/** Waits until none of the processes is left, 5 s at most. */
async function gone(pids: readonly number[]): Promise<void> {
  const end = performance.now() + 5000;
  while (pids.some((pid) => processTree(pid).length > 0)) {
    assert.ok(performance.now() < end, `of ${pids} some are left`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

describe('a daemon', { skip }, () => {
  it('has started when it answers, on its processor, and ends without leaving anything', async () => {
    const settings = await options();
    const running = await startDaemon(daemon(settings.port, SERVER), settings);
    const [pid] = running.pids;
    assert.deepEqual([running.name, running.port, running.pids.length], ['test', settings.port, 1]);
    assert.match(readFileSync(`/proc/${pid}/status`, 'utf8'), /^Cpus_allowed_list:\t0$/m);
    const folder = readFileSync(`/proc/${pid}/cmdline`, 'latin1').split('\0')[1].replace('/server.cjs', '');
    assert.ok(existsSync(folder));
    await running.stop();
    await running.stop();
    assert.ok(!existsSync(folder));
    await gone([pid]);
  });

  it('gets files and environment', async () => {
    const settings = await options();
    const more = { env: { MARK: 'x' }, files: { 'server.cjs': SERVER, note: 'in {folder}' } };
    const running = await startDaemon(daemon(settings.port, SERVER, more), settings);
    assert.match(readFileSync(`/proc/${running.pids[0]}/environ`, 'latin1'), /(^|\0)MARK=x\0/);
    const folder = readFileSync(`/proc/${running.pids[0]}/cmdline`, 'latin1').split('\0')[1].replace('/server.cjs', '');
    assert.equal(readFileSync(`${folder}/note`, 'utf8'), `in ${folder}`);
    await running.stop();
  });

  it('counts its children as its own, and they end with it', async () => {
    const settings = await options();
    const parent = `
      const { spawn } = require('node:child_process');
      process.on('SIGTERM', () => process.exit());
      spawn('sleep', ['60'], { stdio: 'ignore' }).once('spawn', () => {${SERVER}});`;
    const running = await startDaemon(daemon(settings.port, parent), settings);
    assert.equal(running.pids.length, 2);
    await running.stop();
    await gone(running.pids);
  });

  const failures = [
    { name: 'that ends is told with what it printed', source: 'console.error("no port"); process.exit(3)' },
    { name: 'that crashes is told with why', source: 'throw new Error("no port")' },
  ];
  for (const { name, source } of failures)
    it(name, async () => {
      const settings = await options();
      await assert.rejects(startDaemon(daemon(settings.port, source), settings), (error) => {
        assert.ok(error instanceof PeerError);
        assert.match(error.message, /^test: ended \(status \d\)\n[\s\S]*no port/);
        return true;
      });
    });

  it('whose program is not there is told', async () => {
    const settings = await options();
    const missing = daemon(settings.port, '', { program: 'no-such-program' });
    await assert.rejects(startDaemon(missing, settings), /test: ended .*\n.*no-such-program/);
  });
});

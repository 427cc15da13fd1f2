// Servers made of small programs that read the same Corefile, so that every way of starting and ending can be had.

import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { PeerError } from '#loadtest/errors.ts';
import { processTree } from '#loadtest/generator/processes.ts';
import { clusterCorefile } from './corefile.ts';
import type { Program } from './programs.ts';
import { ClusterServer } from './server.ts';

const folder = mkdtempSync(join(tmpdir(), 'shoal-servers-'));
after(() => rmSync(folder, { recursive: true }));
const OPTIONS = { kubeconfig: 'kubeconfig', podsVerified: false };

/** Is ready the second time it is asked, and has a child. */
const READY = `
  const corefile = require('node:fs').readFileSync(process.argv.at(-1), 'utf8');
  const port = Number(/ready 127\\.0\\.0\\.1:(\\d+)/.exec(corefile)[1]);
  require('node:child_process').spawn('sleep', ['60'], { stdio: 'ignore' });
  let asked = 0;
  require('node:http').createServer((_, response) => {
    response.writeHead(asked++ > 0 ? 200 : 503).end();
  }).listen(port, '127.0.0.1');
`;

function program(name: string, source: string): Program {
  const file = join(folder, `${name}.cjs`);
  writeFileSync(file, source);
  return { name, path: process.execPath, args: [file] };
}

/** Waits until none of the processes is left, 5 s at most. */
async function gone(pids: readonly number[]): Promise<void> {
  const end = performance.now() + 5000;
  while (pids.some((pid) => processTree(pid).length > 0)) {
    assert.ok(performance.now() < end, `of ${pids} some are left`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

describe('a server', () => {
  it('is ready when it says so, and ends with its children and its files', async () => {
    const server = await ClusterServer.start(program('good', READY), OPTIONS);
    const seconds = await server.ready();
    assert.ok(seconds > 0 && server.port > 0);
    const tree = processTree(server.pid);
    assert.equal(tree.length, 2);
    const corefile = readFileSync(`/proc/${server.pid}/cmdline`, 'latin1').split('\0').at(-2) ?? '';
    assert.ok(existsSync(corefile));
    await server.stop();
    await server.stop();
    assert.equal(existsSync(corefile), false);
    await gone(tree);
  });

  const failures: { name: string; program: () => Program; message: RegExp }[] = [
    {
      name: 'that ends',
      program: () => program('bad', 'console.error("no port"); process.exit(3)'),
      message: /^bad: ended \(status 3\)\n[\s\S]*no port/,
    },
    {
      name: 'that is not there',
      program: () => ({ name: 'none', path: '/no/program', args: [] }),
      message: /^none: .*ENOENT/,
    },
  ];
  for (const { name, program: make, message } of failures)
    it(`${name} is told, with what it printed`, async () => {
      const server = await ClusterServer.start(make(), OPTIONS);
      await assert.rejects(server.ready(), (error) => error instanceof PeerError && message.test(error.message));
      await server.stop();
    });
});

describe('the Corefile', () => {
  const serving = { ports: { dns: 1, ready: 2, metrics: 3 }, kubeconfig: '/a b', podsVerified: false };

  it('names ports and kubeconfig', () => {
    const text = clusterCorefile(serving);
    for (const part of ['.:1 {', 'ready 127.0.0.1:2', 'prometheus 127.0.0.1:3', 'kubeconfig "/a b"'])
      assert.ok(text.includes(part), part);
    assert.doesNotMatch(text, /pods|cache/);
  });

  it('verifies pods when told to', () => {
    assert.match(clusterCorefile({ ...serving, podsVerified: true }), /\n {8}pods verified\n {8}ttl 30\n/);
  });
});

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { test } from 'node:test';
import { TestFolder, until } from '../folder.ts';
import { plainService } from '../objects.ts';

const START = join(import.meta.dirname, 'start.ts');

class Run {
  out = '';
  error = '';
  readonly #child;
  readonly ended: Promise<unknown[]>;

  constructor(context: TestContext, args: readonly string[]) {
    this.#child = spawn(process.execPath, [START, ...args]);
    this.#child.stdout.on('data', (chunk: Buffer) => {
      this.out += chunk.toString();
    });
    this.#child.stderr.on('data', (chunk: Buffer) => {
      this.error += chunk.toString();
    });
    this.ended = once(this.#child, 'close');
    context.after(() => this.#child.kill('SIGKILL'));
  }

  stop(): Promise<unknown[]> {
    this.#child.kill('SIGTERM');
    return this.ended;
  }
}

test('as a program: serves, writes a kubeconfig, takes it away at its end', async (context) => {
  const folder = new TestFolder(context);
  folder.write('a.json', plainService('a'));
  folder.write('b.yaml', 'apiVersion: apps/v1\nkind: Deployment\n');
  const run = new Run(context, ['--token', 'open', '--no-streaming', folder.path]);
  const [, url, file] = await until(
    'both lines',
    () => /1 objects at (\S+)\nkubeconfig (\S+)\n/.exec(run.out) ?? false,
  );
  assert.match(run.out, /^left out: 1 of kind Deployment\n/);
  const config = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
  assert.deepEqual(config['clusters'], [{ name: 'fake', cluster: { server: url } }]);
  assert.deepEqual(config['users'], [{ name: 'fake', user: { token: 'open' } }]);
  const headers = { authorization: 'Bearer open' };
  assert.match(await (await fetch(`${url}/api/v1/services`, { headers })).text(), /"name":"a"/);
  assert.equal((await fetch(`${url}/api/v1/services?watch=1&sendInitialEvents=true`, { headers })).status, 422);
  assert.deepEqual(await run.stop(), [0, null]);
  assert.equal(existsSync(file), false);
});

test('as a program: says in one line what is wrong', async (context) => {
  const run = new Run(context, ['--port', 'http', '.']);
  assert.deepEqual(await run.ended, [1, null]);
  assert.equal(run.error, '--port http: it is a whole number up to 65535\n');
});

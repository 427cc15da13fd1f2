import assert from 'node:assert/strict';
import { chmodSync, readFileSync } from 'node:fs';
import { describe, type TestContext, test } from 'node:test';
import { TestFolder } from '../../testing/folder.ts';
import { ExecCredentials } from './exec.ts';
import { execPlanOf } from './exec-plan.ts';
import { Fields } from './fields.ts';

const V1 = 'client.authentication.k8s.io/v1';

/** A program (text of a shell script) in a folder, and credentials that come from it. */
function program(context: TestContext, script: string, exec: object = {}, timeout = 5000) {
  const folder = new TestFolder(context);
  folder.write('plugin', `#!/bin/sh\ncd "$(dirname "$0")"\necho run >> runs\n${script}\n`);
  chmodSync(folder.at('plugin'), 0o700);
  const user = new Fields('user "u"', { exec: { apiVersion: V1, command: './plugin', ...exec } });
  const cluster = new Fields('cluster "c"', {
    server: 'https://a',
    'certificate-authority-data': 'Q0E=',
    extensions: [{ name: 'client.authentication.k8s.io/exec', extension: { audience: 'x' } }],
  });
  const credentials = new ExecCredentials(execPlanOf(user, cluster, folder.path), { timeout });
  const runs = (): number => readFileSync(folder.at('runs'), 'utf8').split('\n').length - 1;
  return { folder, credentials, runs };
}

/** A shell command that prints an ExecCredential with that status. */
function print(status: object, more: object = {}): string {
  return `echo '${JSON.stringify({ kind: 'ExecCredential', apiVersion: V1, status, ...more })}'`;
}

const later = (milliseconds: number): string => new Date(Date.now() + milliseconds).toISOString();

describe('a credential program', () => {
  test('gives a token, once', async (context) => {
    const { credentials, runs } = program(context, print({ token: 'abc' }));
    const both = await Promise.all([credentials.current(), credentials.current()]);
    assert.deepEqual(both[0], { authorization: 'Bearer abc', certificate: null });
    assert.equal(await credentials.current(), both[1]);
    assert.equal(runs(), 1);
  });

  test('gives a certificate', async (context) => {
    const { credentials } = program(context, print({ clientCertificateData: 'C', clientKeyData: 'K' }));
    assert.deepEqual(await credentials.current(), { authorization: '', certificate: { cert: 'C', key: 'K' } });
  });

  test('runs again when its credential has run out', async (context) => {
    const { credentials, runs } = program(context, print({ token: 'abc', expirationTimestamp: later(-1000) }));
    await credentials.current();
    await credentials.current();
    assert.equal(runs(), 2);
  });

  test('does not run while its credential is good', async (context) => {
    const { credentials, runs } = program(context, print({ token: 'abc', expirationTimestamp: later(60_000) }));
    await credentials.current();
    await credentials.current();
    assert.equal(runs(), 1);
  });

  test('runs once for all whose credential the server refused', async (context) => {
    const script = `n=$(wc -l < runs | tr -d ' ')\n${print({ token: 'token-N' }).replace('N', `'"$n"'`)}`;
    const { credentials, runs } = program(context, script);
    const refused = await credentials.current();
    assert.deepEqual(await Promise.all([credentials.renew(refused), credentials.renew(refused)]), [true, true]);
    assert.equal(await credentials.renew(refused), true);
    assert.equal((await credentials.current()).authorization, 'Bearer token-2');
    assert.equal(runs(), 2);
  });

  test('that gives the same again has nothing else to offer', async (context) => {
    const { credentials } = program(context, print({ token: 'abc' }));
    assert.equal(await credentials.renew(await credentials.current()), false);
  });

  test('has arguments, variables, no input, and no terminal', async (context) => {
    const script = `cat > input; echo "$*" > args; echo "$FOO" > foo; echo "$KUBERNETES_EXEC_INFO" > info; ${print({ token: 'abc' })}`;
    const { folder, credentials } = program(context, script, {
      args: ['get', 'token'],
      env: [{ name: 'FOO', value: 'bar' }],
    });
    await credentials.current();
    const read = (name: string): string => readFileSync(folder.at(name), 'utf8').trim();
    assert.deepEqual([read('input'), read('args'), read('foo')], ['', 'get token', 'bar']);
    assert.deepEqual(JSON.parse(read('info')), {
      kind: 'ExecCredential',
      apiVersion: V1,
      spec: { interactive: false },
    });
  });

  test('is told about the cluster if it asks for that', async (context) => {
    const script = `echo "$KUBERNETES_EXEC_INFO" > info; ${print({ token: 'abc' })}`;
    const { folder, credentials } = program(context, script, { provideClusterInfo: true });
    await credentials.current();
    assert.deepEqual(JSON.parse(readFileSync(folder.at('info'), 'utf8')).spec.cluster, {
      server: 'https://a',
      'certificate-authority-data': 'Q0E=',
      config: { audience: 'x' },
    });
  });
});

describe('a credential program that fails', () => {
  for (const row of [
    {
      name: 'with a word',
      script: 'echo >&2 first; echo >&2 "no session"; exit 3',
      want: 'failed (status 3): no session',
    },
    { name: 'silently', script: 'exit 1', want: 'failed (status 1)' },
    { name: 'by hanging', script: 'exec sleep 60', timeout: 100, want: 'has not ended within 0.1 s' },
    { name: 'by printing no JSON', script: 'echo secret', want: 'did not print JSON' },
    { name: 'by printing too much', script: 'yes', want: 'prints more than 1048576 octets' },
  ]) {
    test(row.name, async (context) => {
      const { folder, credentials } = program(context, row.script, {}, row.timeout);
      await assert.rejects(credentials.current(), {
        code: 'ERR_API_CONFIG',
        message: `user "u": exec: ${folder.at('plugin')} ${row.want}`,
      });
    });
  }

  for (const row of [
    { name: 'another kind', script: print({ token: 'a' }, { kind: 'Other' }), want: 'kind should be ExecCredential' },
    {
      name: 'another version',
      script: print({ token: 'a' }, { apiVersion: 'v2' }),
      want: `apiVersion should be ${V1}`,
    },
    { name: 'no status', script: print({}, { status: null }), want: 'status is missing' },
    { name: 'neither', script: print({}), want: 'status: neither token nor clientCertificateData' },
    {
      name: 'half',
      script: print({ clientKeyData: 'K' }),
      want: 'status: clientCertificateData and clientKeyData go together',
    },
    { name: 'a token that is no text', script: print({ token: 7 }), want: 'status: token should be a text' },
    {
      name: 'no time',
      script: print({ token: 'a', expirationTimestamp: 'soon' }),
      want: 'status: expirationTimestamp should be a time such as 2030-01-01T00:00:00Z',
    },
  ]) {
    test(`by printing ${row.name}`, async (context) => {
      const { folder, credentials } = program(context, row.script);
      await assert.rejects(credentials.current(), {
        message: `user "u": exec: output of ${folder.at('plugin')}: ${row.want}`,
      });
    });
  }

  test('because it is not there says how to get it', async (context) => {
    const { credentials } = program(context, '', { command: 'no-such-plugin', installHint: 'see https://a\nmore' });
    await assert.rejects(credentials.current(), {
      message: 'user "u": exec: no-such-plugin is not there (see https://a)',
    });
  });

  test('is tried again', async (context) => {
    const { credentials } = program(context, `[ $(wc -l < runs) -gt 1 ] || exit 1\n${print({ token: 'abc' })}`);
    await assert.rejects(credentials.current());
    assert.equal((await credentials.current()).authorization, 'Bearer abc');
  });
});

describe('an exec part', () => {
  for (const row of [
    { exec: {}, want: 'command is missing' },
    { exec: { command: 'a' }, want: `apiVersion should be one of ${V1}, ${V1}beta1` },
    {
      exec: { command: 'a', apiVersion: 'client.authentication.k8s.io/v1alpha1' },
      want: /^.*apiVersion should be one of/,
    },
    {
      exec: { command: 'a', apiVersion: V1, interactiveMode: 'Always' },
      want: 'interactiveMode Always: there is no terminal to ask at',
    },
    { exec: { command: 'a', apiVersion: V1, args: 'x' }, want: 'args should be a list' },
    { exec: { command: 'a', apiVersion: V1, args: [1] }, want: 'args should be a list of texts' },
    { exec: { command: 'a', apiVersion: V1, env: ['x'] }, want: 'env[0]: should be a map of fields' },
  ]) {
    test(JSON.stringify(row.exec), () => {
      const plan = (): unknown => execPlanOf(new Fields('user "u"', row), new Fields('cluster "c"', {}), '/etc');
      assert.throws(plan, { message: typeof row.want === 'string' ? `user "u": exec: ${row.want}` : row.want });
    });
  }

  for (const [command, want] of [
    ['aws', 'aws'],
    ['bin/aws', '/etc/kube/bin/aws'],
    ['/bin/aws', '/bin/aws'],
  ]) {
    test(`command ${command}`, () => {
      const user = new Fields('u', { exec: { command, apiVersion: V1 } });
      assert.equal(execPlanOf(user, new Fields('c', {}), '/etc/kube').command, want);
    });
  }
});

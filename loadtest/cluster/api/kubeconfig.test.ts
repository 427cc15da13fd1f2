import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { ClusterError } from '#loadtest/errors.ts';
import { readKubeconfig } from './kubeconfig.ts';

const folder = mkdtempSync(join(tmpdir(), 'shoal-kubeconfig-'));
after(() => rmSync(folder, { recursive: true }));
writeFileSync(join(folder, 'token'), 'of a file\n');
writeFileSync(join(folder, 'ca.crt'), 'authority');

/** Writes a kubeconfig of one context; `cluster` and `user` are what stands between their braces. */
function written(cluster: string, user: string): string {
  const file = join(folder, 'config');
  const text = `apiVersion: v1
kind: Config
clusters: [{name: other, cluster: {server: "https://other"}}, {name: c, cluster: {${cluster}}}]
users: [{name: u, user: {${user}}}]
contexts:
- name: x
  context: {cluster: c, user: u}
current-context: x
`;
  writeFileSync(file, text);
  return file;
}

const SERVER = 'server: "https://127.0.0.1:6443/"';

describe('a kubeconfig', () => {
  const headers: { name: string; user: string; want: Record<string, string> }[] = [
    { name: 'a token', user: 'token: secret', want: { authorization: 'Bearer secret' } },
    { name: 'a token file beside it', user: 'tokenFile: token', want: { authorization: 'Bearer of a file' } },
    {
      name: 'a token file before the token it replaces',
      user: 'tokenFile: token, token: old',
      want: { authorization: 'Bearer of a file' },
    },
    { name: 'a password', user: 'username: a, password: b', want: { authorization: 'Basic YTpi' } },
    { name: 'nobody', user: '', want: {} },
  ];
  for (const { name, user, want } of headers)
    it(`with ${name}`, () => assert.deepEqual(readKubeconfig(written(SERVER, user)).headers, want));

  it('gives the server of the current context, without a slash at the end', () => {
    assert.equal(readKubeconfig(written(SERVER, '')).url, 'https://127.0.0.1:6443');
  });

  const trust: { name: string; cluster: string; user: string; want: object }[] = [
    { name: 'trusts what the system trusts', cluster: SERVER, user: '', want: { rejectUnauthorized: true } },
    {
      name: 'trusts anybody when told to',
      cluster: `${SERVER}, insecure-skip-tls-verify: true`,
      user: '',
      want: { rejectUnauthorized: false },
    },
    {
      name: 'reads an authority from a file',
      cluster: `${SERVER}, certificate-authority: ca.crt`,
      user: '',
      want: { rejectUnauthorized: true, ca: Buffer.from('authority') },
    },
    {
      name: 'reads authority, certificate and key from itself',
      cluster: `${SERVER}, certificate-authority-data: YQ==`,
      user: 'client-certificate-data: Yg==, client-key-data: Yw==',
      want: { rejectUnauthorized: true, ca: Buffer.from('a'), cert: Buffer.from('b'), key: Buffer.from('c') },
    },
  ];
  for (const { name, cluster, user, want } of trust)
    it(name, () => assert.deepEqual(readKubeconfig(written(cluster, user)).tls, want));

  const wrong: { name: string; file: () => string; message: RegExp }[] = [
    { name: 'that is not there', file: () => join(folder, 'none'), message: /none: ENOENT/ },
    { name: 'without a server', file: () => written('', ''), message: /config: the cluster needs a server, such as/ },
    { name: 'with a strange server', file: () => written('server: api', ''), message: /needs a server/ },
    { name: 'with a program', file: () => written(SERVER, 'exec: {command: a}'), message: /not run: use token/ },
    { name: 'with a token file that is not there', file: () => written(SERVER, 'tokenFile: none'), message: /ENOENT/ },
    {
      name: 'with a CA that is not there',
      file: () => written(`${SERVER}, certificate-authority: no`, ''),
      message: /ENOENT/,
    },
    {
      name: 'without a context',
      file: () => {
        writeFileSync(join(folder, 'empty'), '{}');
        return join(folder, 'empty');
      },
      message: /empty: there is no context ""/,
    },
    {
      name: 'that is no YAML',
      file: () => {
        writeFileSync(join(folder, 'broken'), '{');
        return join(folder, 'broken');
      },
      message: /broken: /,
    },
  ];
  for (const { name, file, message } of wrong)
    it(`${name} is refused`, () => {
      assert.throws(
        () => readKubeconfig(file()),
        (error) => error instanceof ClusterError && message.test(error.message),
      );
    });
});

// Users of a kubeconfig: which credentials they mean. Cold.

import { resolve } from 'node:path';
import { ANONYMOUS, basic, type Credentials, FixedCredentials, TokenFile } from './credentials.ts';
import { ExecCredentials } from './exec.ts';
import { execPlanOf } from './exec-plan.ts';
import type { Fields } from './fields.ts';
import { CachedFile } from './file.ts';

/** Client certificates come apart from these (`TlsMaterial`). Throws ApiConfigError. */
export function credentialsOf(user: Fields, cluster: Fields, folder: string): Credentials {
  if (user.value('auth-provider') !== null)
    user.fail('auth-provider is no longer part of Kubernetes: use exec with the credential plugin of your provider');
  const ways = waysOf(user);
  if (ways.length > 1) user.fail(`${ways.join(' and ')} exclude each other`);
  switch (ways.at(0)) {
    case 'exec':
      return new ExecCredentials(execPlanOf(user, cluster, folder));
    case 'token':
      return tokenOf(user, folder);
    case 'username':
      return new FixedCredentials(`the password of ${user.where}`, basic(user.text('username'), user.text('password')));
    default:
      return ANONYMOUS;
  }
}

function waysOf(user: Fields): string[] {
  const token = user.text('token') !== '' || user.text('tokenFile') !== '';
  const password = user.text('username') !== '' || user.text('password') !== '';
  return [
    ...(user.value('exec') === null ? [] : ['exec']),
    ...(token ? ['token'] : []),
    ...(password ? ['username'] : []),
  ];
}

/** The file goes before the text, as in other clients: the text is what it held once. */
function tokenOf(user: Fields, folder: string): Credentials {
  const path = user.text('tokenFile');
  if (path === '') return new FixedCredentials(`the token of ${user.where}`, `Bearer ${user.text('token').trim()}`);
  const file = resolve(folder, path);
  return new TokenFile(`the token in ${file}`, new CachedFile(`${user.where}: tokenFile`, file));
}

/** `as` and its companions: the server is asked to judge us as somebody else. */
export function impersonationOf(user: Fields): Record<string, string | readonly string[]> {
  const name = user.text('as');
  const headers: Record<string, string | readonly string[]> = {};
  if (name !== '') headers['impersonate-user'] = name;
  if (user.text('as-uid') !== '') headers['impersonate-uid'] = user.text('as-uid');
  if (user.texts('as-groups').length > 0) headers['impersonate-group'] = user.texts('as-groups');
  const extra = user.child('as-user-extra');
  for (const key of extra?.names() ?? [])
    headers[`impersonate-extra-${encodeURIComponent(key.toLowerCase())}`] = extra?.texts(key) ?? [];
  if (name === '' && Object.keys(headers).length > 0)
    user.fail('as is missing beside as-uid, as-groups or as-user-extra');
  return headers;
}

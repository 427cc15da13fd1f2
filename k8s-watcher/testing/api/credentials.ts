// Who asks, and whether the fake API server knows them. Tests only.

import type { IncomingMessage } from 'node:http';
import { TLSSocket } from 'node:tls';
import { unauthorized } from './status.ts';

/**
 * `user` for those who are known, `system:anonymous` for those who do not say who they are. `tokens` holds bearer tokens and whole values of
 * Authorization; undefined lets everybody in. Throws StatusError 401 for a token that is none.
 */
export function mayEnter(message: IncomingMessage, tokens: ReadonlySet<string> | undefined, user: string): string {
  if (tokens === undefined) return user;
  const { authorization } = message.headers;
  if (authorization === undefined) return hasCertificate(message) ? user : 'system:anonymous';
  const [scheme, token = ''] = authorization.split(' ');
  if (tokens.has(authorization) || (scheme.toLowerCase() === 'bearer' && tokens.has(token))) return user;
  throw unauthorized();
}

function hasCertificate({ socket }: IncomingMessage): boolean {
  return socket instanceof TLSSocket && socket.authorized;
}

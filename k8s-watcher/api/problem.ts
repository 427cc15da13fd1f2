// Failures in the words that an operator needs: what the server says, what is wrong with TLS, what to grant. Cold.

import type { Connection } from './connection.ts';
import { ApiConfigError, ApiRequestError, ApiTimeoutError } from './errors.ts';

/** Longest text of a body that is no Status object: the beginning of some proxy's page. */
const MAX_TEXT = 200;

/** What a status from 400 on means. `text` is its body: a Status object of Kubernetes, or what something between us and it says. */
export function failureOf(status: number, text: string, retryAfter: number, owner: string): ApiRequestError {
  const { message, reason } = statusObject(text);
  const said = message === '' ? `status ${status}${excerpt(text)}` : oneLine(message);
  return new ApiRequestError(said + advice(status, message, owner), { status, reason, retryAfter });
}

/** What an error means that came instead of an answer, or in its midst. */
export function explain(error: unknown, connection: Connection): ApiRequestError {
  if (error instanceof ApiRequestError) return error;
  if (error instanceof ApiConfigError) return new ApiRequestError(error.message, {}, error);
  const refused = codeOf(error) === 'ECONNREFUSED';
  return new ApiRequestError(`${connection.url.origin}: ${meaning(error, connection)}`, { refused }, error);
}

/** `message` and `reason` of a Status object, '' for anything else. */
function statusObject(text: string): { message: string; reason: string } {
  try {
    const { kind, message, reason } = JSON.parse(text) as Record<string, unknown>;
    if (kind === 'Status') return { message: textOf(message), reason: textOf(reason) };
  } catch {
    // Pages of proxies and load balancers.
  }
  return { message: '', reason: '' };
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function excerpt(text: string): string {
  const line = oneLine(text);
  return line === '' ? '' : `: ${line.slice(0, MAX_TEXT)}`;
}

/** Whatever comes from outside is one line in the log. */
function oneLine(text: string): string {
  return text.replace(/[\s\p{Cc}]+/gu, ' ').trim();
}

/** What to do about it, appended to what the server said. */
function advice(status: number, message: string, owner: string): string {
  if (status === 401) return owner === '' ? ' (no credentials are configured)' : ` (${owner} is not accepted)`;
  if (status === 403) return grant(message);
  return '';
}

/** The server's own words name user, resource and group, whatever asked for it. */
const FORBIDDEN = /User "([^"]+)" cannot \S+ resource "([^"]+)" in API group "([^"]*)"/;

function grant(message: string): string {
  const [, user, resource, group] = FORBIDDEN.exec(message) ?? [];
  if (user === undefined) return '';
  if (user === 'system:anonymous') return ' (no credentials that the server knows were sent)';
  return ` (grant "list, watch" on ${resource}${group === '' ? '' : `.${group}`} to ${user})`;
}

/** By error code; `trust`: what the server's certificate is checked by, `servername`: what it should be for. */
function meaning(error: unknown, { tls, url }: Connection): string {
  const code = codeOf(error);
  const trust = tls?.trust ?? '';
  if (error instanceof ApiTimeoutError) return error.message;
  if (UNTRUSTED.has(code)) return `the server's certificate is not signed by ${trust}`;
  if (code === 'CERT_HAS_EXPIRED' || code === 'CERT_NOT_YET_VALID') {
    const when = code === 'CERT_HAS_EXPIRED' ? 'has expired' : 'is not valid yet';
    return `the server's certificate, or one of ${trust}, ${when} (is the clock right?)`;
  }
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') return wrongName(error, tls?.servername || url.hostname);
  if (code.startsWith('ERR_SSL_') || code === 'EPROTO') return handshake(error as Error, code);
  if (code.startsWith('HPE_')) return 'the answer is no HTTP: does the address begin with https?';
  return SYSTEM[code] ?? plain(error, code);
}

const UNTRUSTED: ReadonlySet<string> = new Set([
  'SELF_SIGNED_CERT_IN_CHAIN',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'CERT_SIGNATURE_FAILURE',
  'CERT_UNTRUSTED',
  'INVALID_CA',
]);

/** What the system's codes mean, in the words that system tools have for them. */
const SYSTEM: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection reset by the server',
  EPIPE: 'connection closed by the server',
  ETIMEDOUT: 'the server does not answer',
  EHOSTUNREACH: 'no route to the host',
  ENETUNREACH: 'the network is unreachable',
  ENOTFOUND: 'no such host',
  EAI_AGAIN: 'the name cannot be resolved now',
};

function wrongName(error: unknown, name: string): string {
  const names = (error as { cert?: { subjectaltname?: string } }).cert?.subjectaltname ?? '';
  return `the server's certificate is not for ${name} but for ${names === '' ? 'nothing' : names}: set tls-server-name`;
}

function handshake(error: Error, code: string): string {
  if (/wrong.version.number|packet.length.too.long|http.request/i.test(error.message))
    return 'the server speaks no TLS at this port: does the address begin with http?';
  if (/CERTIFICATE_REQUIRED|HANDSHAKE_FAILURE|BAD_CERTIFICATE|UNKNOWN_CA/i.test(code))
    return `the server does not accept the client certificate, or asks for one (${reasonOf(error)})`;
  return `TLS: ${reasonOf(error)}`;
}

function reasonOf(error: Error): string {
  const { reason } = error as { reason?: unknown };
  return typeof reason === 'string' ? reason : oneLine(error.message);
}

function plain(error: unknown, code: string): string {
  const message = error instanceof Error ? oneLine(error.message) : '';
  return message === '' ? code || 'unknown error' : message;
}

function codeOf(error: unknown): string {
  return textOf((error as { code?: unknown } | null)?.code);
}

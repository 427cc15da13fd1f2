// How a DNS message looks as an HTTP request (RFC 8484 §4.1). Warm.

import type { OutgoingHttpHeaders } from 'node:http2';
import type { UpstreamAddress } from './address.ts';

export type DohMethod = 'GET' | 'POST';

/** What all requests to one upstream have in common. */
export interface RequestTarget {
  readonly method: DohMethod;
  readonly authority: string;
}

const PATH = '/dns-query';
const MEDIA_TYPE = 'application/dns-message';
const HTTPS_PORT = 443;
/** Longer messages go by POST even so: servers refuse long URLs. Queries of ordinary clients have less than a hundred octets. */
const MAX_GET = 1024;

/** The name of the server if there is one, else its address. */
export function requestTarget({ text, serverName = '', port }: UpstreamAddress, method: DohMethod): RequestTarget {
  const name = port === HTTPS_PORT ? serverName : `${serverName}:${port}`;
  // Interfaces of link-local addresses mean nothing to the other side.
  return { method, authority: serverName === '' ? text.replace(/%[^\]]*/, '') : name };
}

/** `:method` says whether the message goes as the body or stands in `:path`. */
export function requestHeaders({ method, authority }: RequestTarget, message: Buffer): OutgoingHttpHeaders {
  const common = { ':scheme': 'https', ':authority': authority, accept: MEDIA_TYPE };
  if (method === 'GET' && message.length <= MAX_GET)
    return { ...common, ':method': 'GET', ':path': `${PATH}?dns=${message.toString('base64url')}` };
  return {
    ...common,
    ':method': 'POST',
    ':path': PATH,
    'content-type': MEDIA_TYPE,
    'content-length': message.length,
  };
}

/** True for the media type of DNS messages; parameters do not matter. */
export function isDnsMessage(contentType: string | undefined): boolean {
  return contentType !== undefined && /^application\/dns-message\s*(?:;|$)/i.test(contentType);
}

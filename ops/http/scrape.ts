// What /metrics sends: the text of the registry, compressed when the client takes it. Used by HttpServers; cold.

import type { IncomingMessage, ServerResponse } from 'node:http';

/** As much of the registry as a scrape needs. */
export interface Scraped {
  readonly contentType: string;
  render(): Promise<string>;
}

/** Answers one scrape. */
export async function scrape(metrics: Scraped, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const text = await metrics.render();
  const gzipped = acceptsGzip(request.headers['accept-encoding'] ?? '');
  const body = gzipped ? await compress(text) : Buffer.from(text);
  response.writeHead(200, {
    'Content-Type': metrics.contentType,
    'Content-Length': body.length,
    ...(gzipped ? { 'Content-Encoding': 'gzip' } : {}),
  });
  response.end(body);
}

/** Loaded with the first scrape that wants it: 20 ms of every start otherwise. */
async function compress(text: string): Promise<Buffer> {
  const { constants, gzip } = await import('node:zlib');
  return new Promise((resolve, reject) => {
    gzip(text, { level: constants.Z_BEST_SPEED }, (error, body) => (error === null ? resolve(body) : reject(error)));
  });
}

/** Reads an Accept-Encoding header (RFC 9110 §12.5.3); `*` is not taken for an offer to compress. */
export function acceptsGzip(header: string): boolean {
  return header
    .toLowerCase()
    .split(',')
    .map((coding) => coding.split(';').map((part) => part.trim()))
    .some(([name, weight = 'q=1']) => name === 'gzip' && !/^q=0(\.0*)?$/.test(weight));
}

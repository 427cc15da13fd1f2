// A client, a log and a registry for the tests of this folder. Cold.

import { type IncomingHttpHeaders, type RequestOptions, request } from 'node:http';
import { createServer, type Server } from 'node:net';
import { COUNTER_SLOTS } from '#memory/counters.ts';
import { Segment } from '#memory/segment.ts';
import { LevelLogger } from '#ops/log/logger.ts';
import { MetricRegistry } from '#ops/metrics/registry.ts';

/** Keeps the lines that would have been written. */
export class KeptLog extends LevelLogger {
  readonly lines: string[] = [];

  override write(level: string, scope: string, text: string): void {
    this.lines.push(`${level}${scope}${text}`);
  }
}

export function newRegistry(): MetricRegistry {
  return new MetricRegistry(Segment.create('counters', 128 + COUNTER_SLOTS * 8));
}

export interface Reply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** One request over a connection of its own (or `agent`'s); rejects with the socket's error. */
export function ask(port: number, path: string, options: RequestOptions = {}): Promise<Reply> {
  const { promise, resolve, reject } = Promise.withResolvers<Reply>();
  const sent = request({ host: '127.0.0.1', port, path, agent: false, ...options }, (response) => {
    const chunks: Buffer[] = [];
    response.on('data', (chunk: Buffer) => chunks.push(chunk));
    response.on('end', () => {
      resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) });
    });
  });
  sent.on('error', reject);
  sent.end();
  return promise;
}

/** Status and body in one text: `200 OK`. */
export async function said(port: number, path: string): Promise<string> {
  const { status, body } = await ask(port, path);
  return `${status} ${body.toString()}`;
}

/** A socket of another program, which does not share its port. */
export async function occupy(host?: string): Promise<{ port: number; server: Server }> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return { port: address.port, server };
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const { port, server } = await occupy();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Looks every 10 ms until `check` holds; rejects after `timeout` milliseconds. */
export async function until(check: () => boolean, timeout = 5000): Promise<void> {
  const end = performance.now() + timeout;
  while (!check()) {
    if (performance.now() > end) throw new Error(`waited ${timeout}ms for ${check}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

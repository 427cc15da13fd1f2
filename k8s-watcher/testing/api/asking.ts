// A client with no cleverness, for tests of the fake API server. Tests only.

import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http';
import { get, request } from 'node:http';
import { request as requestTls } from 'node:https';
import type { TestContext } from 'node:test';
import { isRecord } from '../../objects/fields.ts';
import { until } from '../folder.ts';
import type { Plain } from '../objects.ts';
import type { FakeApiOptions } from './server.ts';
import { FakeApi } from './server.ts';

/** A server that goes with the test. */
export async function serving(context: TestContext, options: FakeApiOptions = {}): Promise<FakeApi> {
  const api = await FakeApi.start(options);
  context.after(() => api.close());
  return api;
}

export interface Got {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** `{}` for what is no JSON object. */
  readonly json: Plain;
  /** False when the connection went before the body was complete. */
  readonly complete: boolean;
}

/** One request on a connection of its own, whatever certificate the server has. Rejects when there is no answer. */
export function ask(
  api: { readonly url: string },
  path: string,
  { method = 'GET', headers = {}, body = '' }: { method?: string; headers?: OutgoingHttpHeaders; body?: string } = {},
): Promise<Got> {
  return new Promise((resolve, reject) => {
    const send = api.url.startsWith('https:') ? requestTls : request;
    const options = { method, headers, agent: false, rejectUnauthorized: false } as const;
    const asked = send(`${api.url}${path}`, options, (response) => {
      const chunks: Buffer[] = [];
      const done = (): void => {
        const text = Buffer.concat(chunks).toString();
        const { statusCode: status = 0, headers, complete } = response;
        resolve({ status, headers, text, json: parse(text), complete });
      };
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', () => undefined);
      response.on('close', done);
    });
    asked.on('error', reject);
    asked.end(body);
  });
}

function parse(text: string): Plain {
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : {};
  } catch {
    return {};
  }
}

/** `ask` for a list: `namespace/name@version` of its items, which says more at a glance than objects do. */
export function itemsOf({ json }: Got): string[] {
  return (json['items'] as Plain[]).map((item) => shortName(item));
}

/** What a list says about itself. */
export function metadataOf(object: Plain): Plain {
  return object['metadata'] as Plain;
}

function shortName(object: Plain): string {
  const { namespace, name } = metadataOf(object);
  return namespace === undefined ? String(name) : `${namespace}/${name}`;
}

/** A watch with what it was told so far. */
export class Watching {
  text = '';
  /** The connection is gone, or the server has ended the answer. */
  closed = false;
  status = 0;

  get events(): { type: string; object: Plain }[] {
    const lines = this.text.split('\n').slice(0, -1);
    return lines.map((line) => JSON.parse(line) as { type: string; object: Plain });
  }

  /** `ADDED default/web`, `BOOKMARK 1003`, `ERROR 410`. */
  get told(): string[] {
    return this.events.map(({ type, object }) => {
      if (type === 'ERROR') return `ERROR ${object['code']}`;
      if (type === 'BOOKMARK') return `BOOKMARK ${metadataOf(object)['resourceVersion']}`;
      return `${type} ${shortName(object)}`;
    });
  }

  async reaches(count: number): Promise<string[]> {
    await until(`${count} events`, () => this.told.length >= count);
    return this.told;
  }

  async ends(): Promise<void> {
    await until('the end of the watch', () => this.closed);
  }
}

/** Opens a watch that goes with the test, and waits for its headers. */
export async function watching(context: TestContext, api: FakeApi, path: string): Promise<Watching> {
  const watch = new Watching();
  const url = `${api.url}${path}${path.includes('?') ? '&' : '?'}watch=true`;
  const asked = get(url, { agent: false }, (response) => {
    watch.status = response.statusCode ?? 0;
    response.on('data', (chunk: Buffer) => {
      watch.text += chunk.toString();
    });
    response.on('error', () => undefined);
    response.on('close', () => {
      watch.closed = true;
    });
  });
  asked.on('error', () => undefined);
  context.after(() => asked.destroy());
  await until('the headers of the watch', () => watch.status > 0);
  return watch;
}

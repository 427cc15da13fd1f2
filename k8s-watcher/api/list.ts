// Paged lists: of objects where the server does not stream them, of metadata for audits. Used by reflector.ts and audit.ts. Cold.

import type { ApiPlan } from './plan.ts';
import { pathOf, type Resource } from './resources.ts';
import type { ApiResponse } from './response.ts';

/** Objects a page: a few hundred kilobytes, of which one object at a time is held. */
const PAGE = '500';

/** Asks for one path. */
export type Ask = (path: string, accept: string) => Promise<ApiResponse>;

/** Where a list stands, and the token for its next page: '' when there is none. */
export interface ListEnd {
  readonly resourceVersion: string;
  readonly next: string;
}

/** Cuts the body of a list into items, however it is chunked. */
export interface ListReader<Item> {
  /** Tells every item that is complete by now. Throws StreamError. */
  push(chunk: Uint8Array, each: (item: Item) => void): void;
  /** The body has ended. Throws StreamError when the list has not. */
  end(): ListEnd;
}

export interface ListRequest<Item> {
  readonly resource: Resource;
  readonly plan: ApiPlan;
  readonly accept: string;
  /** '0' for what the server has at hand, '' for the newest state. */
  readonly resourceVersion: string;
  /** False asks for everything in one answer. */
  readonly paged: boolean;
  readonly ask: Ask;
  readonly open: (contentType: string) => ListReader<Item>;
  readonly each: (item: Item) => void;
  readonly pageDone?: () => void;
}

/** Tells every item, and returns the list's resource version. Rejects with ApiRequestError (410: the pages have become too old) or StreamError. */
export async function listItems<Item>(request: ListRequest<Item>): Promise<string> {
  const { resource, plan, accept, paged, ask } = request;
  const limit = paged ? PAGE : '';
  let version = '';
  let next = '';
  do {
    const from = next === '' ? { resourceVersion: request.resourceVersion } : { continue: next };
    const page = await readPage(await ask(pathOf(resource, plan, { limit, ...from }), accept), request);
    request.pageDone?.();
    version ||= page.resourceVersion;
    next = page.next;
  } while (next !== '');
  return version;
}

async function readPage<Item>(response: ApiResponse, { open, each }: ListRequest<Item>): Promise<ListEnd> {
  if (!response.ok) throw await response.failure();
  try {
    const reader = open(response.contentType);
    await response.read((chunk) => reader.push(chunk, each));
    return reader.end();
  } finally {
    response.destroy();
  }
}

// Paged lists: of objects where the server does not stream them, of metadata for audits. Used by reflector.ts and audit.ts. Cold.

import { ItemSplitter } from './items.ts';
import { readListMetadata } from './json.ts';
import type { ApiPlan } from './plan.ts';
import { pathOf, type Resource } from './resources.ts';
import type { ApiResponse } from './response.ts';

/** Objects a page: a few hundred kilobytes, of which one object at a time is held. */
const PAGE = '500';

/** Asks for one path. */
export type Ask = (path: string, accept: string) => Promise<ApiResponse>;

export interface ListRequest {
  readonly resource: Resource;
  readonly plan: ApiPlan;
  readonly accept: string;
  /** '0' for what the server has at hand, '' for the newest state. */
  readonly resourceVersion: string;
  /** False asks for everything in one answer. */
  readonly paged: boolean;
  readonly ask: Ask;
  /** JSON of one item. */
  readonly each: (item: string) => void;
  readonly pageDone?: () => void;
}

/** Tells every item, and returns the list's resource version. Rejects with ApiRequestError (410: the pages have become too old) or StreamError. */
export async function listItems(request: ListRequest): Promise<string> {
  const { resource, plan, accept, paged, ask, each, pageDone } = request;
  const limit = paged ? PAGE : '';
  let version = '';
  let next = '';
  do {
    const from = next === '' ? { resourceVersion: request.resourceVersion } : { continue: next };
    const response = await ask(pathOf(resource, plan, { limit, ...from }), accept);
    const page = await readPage(response, each);
    pageDone?.();
    version ||= page.resourceVersion;
    next = page.next;
  } while (next !== '');
  return version;
}

async function readPage(
  response: ApiResponse,
  each: (item: string) => void,
): Promise<ReturnType<typeof readListMetadata>> {
  if (!response.ok) throw await response.failure();
  try {
    const items = new ItemSplitter();
    for await (const chunk of response.body) items.push(chunk, each);
    return readListMetadata(items.end());
  } finally {
    response.destroy();
  }
}

// What clients asked, as tests look at it. Tests only.

import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { Verb } from './faults.ts';
import type { Target } from './resources.ts';
import { readTarget } from './resources.ts';

/** Requests that are remembered; earlier ones are dropped. */
const MAX_REQUESTS = 10_000;

export interface SeenRequest {
  readonly method: string;
  /** Path and query as they came. */
  readonly url: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  /** Undefined for paths that are no resource. */
  readonly target: Target | undefined;
  /** Plural, or ''. */
  readonly resource: string;
  /** '' for paths that are no resource. */
  readonly verb: Verb;
  /** A watch that begins with a list. */
  readonly streaming: boolean;
  /** 0 until there is an answer. */
  status: number;
  /** The answer is not complete. */
  open: boolean;
  /** Events of a watch that were sent, bookmarks included. */
  events: number;
  bookmarks: number;
  /** Octets of the body that were sent. */
  octets: number;
}

/** Everything that was asked, in order. */
export class RequestLog {
  readonly all: SeenRequest[] = [];

  add(message: IncomingMessage): SeenRequest {
    const seen = describe(message);
    this.all.push(seen);
    if (this.all.length > MAX_REQUESTS) this.all.shift();
    return seen;
  }
}

function describe(message: IncomingMessage): SeenRequest {
  const { method = 'GET', url = '/', headers } = message;
  const { pathname: path, searchParams: query } = new URL(url, 'http://fake');
  const target = readTarget(path);
  return {
    method,
    url,
    path,
    query,
    headers,
    target,
    resource: target?.resource.plural ?? '',
    verb: target === undefined ? '' : verbOf(method, target, query),
    streaming: query.get('sendInitialEvents') === 'true',
    status: 0,
    open: true,
    events: 0,
    bookmarks: 0,
    octets: 0,
  };
}

function verbOf(method: string, { name }: Target, query: URLSearchParams): Verb {
  if (method === 'GET')
    return ['true', '1'].includes(query.get('watch') ?? '') ? 'watch' : name === '' ? 'list' : 'get';
  const verbs: Readonly<Record<string, Verb>> = { POST: 'create', PUT: 'update', PATCH: 'patch', DELETE: 'delete' };
  return verbs[method] ?? '';
}

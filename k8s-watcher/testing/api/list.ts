// Lists of the fake API server: whole, in pages, of the present and of the past. Tests only.

import { isRecord } from '../../objects/fields.ts';
import type { Plain } from '../objects.ts';
import type { Form } from './encode.ts';
import { shown } from './encode.ts';
import type { Target } from './resources.ts';
import { apiVersionOf } from './resources.ts';
import { readSelector } from './selector.ts';
import type { State, Stored } from './state.ts';
import { badRequest, continueExpired, invalidOptions, StatusError, tooLarge } from './status.ts';

/** Where a list goes on; `rv` -1 for one that takes what there is by then. */
interface Token {
  readonly rv: number;
  readonly start: string;
}

/** How far the watch cache is; undefined for a server without one. */
export type CacheVersion = (() => number) | undefined;

/**
 * The list object. A list of `resourceVersion=0` comes from the server's watch cache, which pays no attention to `limit`. Throws
 * StatusError.
 */
export function listObject(
  state: State,
  target: Target,
  query: URLSearchParams,
  form: Form,
  cache: CacheVersion,
): Plain {
  const { resource, namespace } = target;
  const selector = readSelector(resource, '', query);
  const token = readToken(query);
  const asked = query.get('resourceVersion') ?? '';
  const limit = cache !== undefined && asked === '0' ? 0 : Number(query.get('limit') ?? 0);
  const { version, objects } =
    token === undefined ? first(state, target, query, limit, cache) : next(state, target, asked, token);
  const scoped = namespace === '' ? objects : objects.filter((object) => object.namespace === namespace);
  const rest = token === undefined ? scoped : scoped.filter(({ key }) => key >= token.start);
  const matching = selector === undefined ? rest : rest.filter(({ object }) => selector(object));
  const page = limit > 0 ? matching.slice(0, limit) : matching;
  const remaining = matching.length - page.length;
  const more = remaining === 0 ? {} : { continue: writeToken(version, page[page.length - 1].key) };
  // The server does not count what it has not selected yet.
  const count = remaining === 0 || selector !== undefined ? {} : { remainingItemCount: remaining };
  return {
    kind: form.partial ? 'PartialObjectMetadataList' : `${resource.kind}List`,
    apiVersion: form.partial ? 'meta.k8s.io/v1' : apiVersionOf(resource),
    metadata: { resourceVersion: String(version), ...more, ...count },
    items: page.map(({ object }) => itemOf(object, form, resource.custom)),
  };
}

function itemOf(object: Plain, form: Form, custom: boolean): Plain {
  if (form.partial || custom) return shown(object, form);
  const { kind: _kind, apiVersion: _apiVersion, ...item } = object;
  return item;
}

interface Snapshot {
  readonly version: number;
  readonly objects: readonly Stored[];
}

function first(
  state: State,
  { resource }: Target,
  query: URLSearchParams,
  limit: number,
  cache: CacheVersion,
): Snapshot {
  const asked = query.get('resourceVersion') ?? '';
  const match = query.get('resourceVersionMatch') ?? '';
  checkVersion(asked, match);
  const number = Number(asked);
  if (number > state.version) throw tooLarge(number, state.version);
  // A page of a certain version is exactly that one, unless the client says otherwise.
  if (match === 'Exact' || (match === '' && limit > 0 && number > 0)) {
    if (number < state.oldest)
      throw new StatusError(410, 'Expired', 'The resourceVersion for the provided list is too old.');
    return { version: number, objects: state.listAt(resource, number) };
  }
  const version = asked === '' || cache === undefined ? state.version : Math.max(cache(), number);
  return { version, objects: state.list(resource) };
}

function checkVersion(asked: string, match: string): void {
  if (!/^\d*$/.test(asked)) throw badRequest(`invalid resource version: resourceVersion: Invalid value: "${asked}"`);
  if (match !== '' && asked === '')
    throw invalidOptions(
      'resourceVersionMatch',
      'resourceVersionMatch is forbidden unless resourceVersion is provided',
    );
}

function next(state: State, { resource }: Target, asked: string, token: Token): Snapshot {
  if (asked !== '' && asked !== '0') throw badRequest('specifying resource version is not allowed when using continue');
  if (token.rv === -1) return { version: state.version, objects: state.list(resource) };
  try {
    return { version: token.rv, objects: state.listAt(resource, token.rv) };
  } catch (error) {
    if (!(error instanceof StatusError) || error.code !== 410) throw error;
    throw continueExpired(encodeToken({ rv: -1, start: token.start }));
  }
}

/** Goes on behind the object and before every other one. */
function writeToken(rv: number, key: string): string {
  return encodeToken({ rv, start: `${key}\0` });
}

function encodeToken({ rv, start }: Token): string {
  return Buffer.from(JSON.stringify({ v: 'meta.k8s.io/v1', rv, start })).toString('base64url');
}

function readToken(query: URLSearchParams): Token | undefined {
  const text = query.get('continue') ?? '';
  if (text === '') return undefined;
  try {
    const value: unknown = JSON.parse(Buffer.from(text, 'base64url').toString());
    if (isRecord(value) && typeof value['rv'] === 'number' && typeof value['start'] === 'string')
      return { rv: value['rv'], start: value['start'] };
  } catch {
    // Said below.
  }
  throw badRequest('invalid continue token: continue key is not valid');
}

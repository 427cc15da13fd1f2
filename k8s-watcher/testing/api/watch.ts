// One watch of the fake API server: what there is, what has changed since, what changes. Tests only.

import type { Plain } from '../objects.ts';
import { INITIAL_EVENTS_END } from './annotations.ts';
import type { Body } from './body.ts';
import type { Form } from './encode.ts';
import { shown } from './encode.ts';
import type { Faults, NoStreaming } from './faults.ts';
import type { SeenRequest } from './requests.ts';
import type { Resource, Target } from './resources.ts';
import { apiVersionOf } from './resources.ts';
import type { Selector } from './selector.ts';
import { readSelector } from './selector.ts';
import type { Change, ChangeType, State } from './state.ts';
import { badRequest, invalidOptions, StatusError } from './status.ts';

/** A watch without `timeoutSeconds` lasts at least 30 minutes at the real server. */
const DEFAULT_TIMEOUT_SECONDS = 1800;

/** What a watch asks for, checked. */
export interface WatchOptions {
  readonly resource: Resource;
  readonly selector: Selector | undefined;
  /** Where it begins; -1 for what there is. */
  readonly version: number;
  /** The initial events end with a bookmark. */
  readonly streaming: boolean;
  readonly bookmarks: boolean;
  readonly timeoutSeconds: number;
}

/** Throws StatusError for options that the server does not take. */
export function readWatchOptions(
  { resource, namespace }: Target,
  query: URLSearchParams,
  refusal: boolean | NoStreaming,
): WatchOptions {
  const streaming = query.get('sendInitialEvents') === 'true';
  checkStreaming(streaming, query.get('resourceVersionMatch') ?? '', refusal);
  const version = query.get('resourceVersion') ?? '';
  if (!/^\d*$/.test(version)) throw new StatusError(500, '', `resourceVersion: Invalid value: "${version}"`);
  return {
    resource,
    selector: readSelector(resource, namespace, query),
    version: streaming || version === '' || version === '0' ? -1 : Number(version),
    streaming,
    bookmarks: ['true', '1'].includes(query.get('allowWatchBookmarks') ?? ''),
    timeoutSeconds: readTimeout(query.get('timeoutSeconds') ?? ''),
  };
}

/** Fractions are taken, for tests that wait for the end; the real one knows whole seconds only. */
function readTimeout(text: string): number {
  const seconds = Number(text);
  if (!(seconds >= 0)) throw badRequest(`timeoutSeconds: ${JSON.stringify(text)} is no number`);
  return seconds === 0 ? DEFAULT_TIMEOUT_SECONDS : seconds;
}

function checkStreaming(streaming: boolean, match: string, refusal: boolean | NoStreaming): void {
  if (!streaming) {
    if (match === '') return;
    const problem = 'resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided';
    throw invalidOptions('resourceVersionMatch', problem);
  }
  if (refusal === 'badRequest') throw badRequest('sendInitialEvents is not supported');
  if (refusal === 'invalid' || refusal === true) {
    const problem = 'sendInitialEvents is forbidden for watch unless the WatchList feature gate is enabled';
    throw invalidOptions('sendInitialEvents', problem);
  }
  if (match !== 'NotOlderThan') {
    const problem = 'sendInitialEvents requires setting resourceVersionMatch to NotOlderThan';
    throw invalidOptions('resourceVersionMatch', problem);
  }
}

/** Where a watch runs. */
export interface WatchSeat {
  readonly state: State;
  readonly faults: Faults;
  readonly body: Body;
  readonly form: Form;
  readonly seen: SeenRequest;
  /** Milliseconds. */
  readonly bookmarkEvery: number;
  /** How far the server's watch cache is. */
  readonly reached: () => number;
}

export class Watch {
  readonly #options: WatchOptions;
  readonly #seat: WatchSeat;
  readonly #stops: (() => void)[] = [];

  constructor(options: WatchOptions, seat: WatchSeat) {
    this.#options = options;
    this.#seat = seat;
  }

  get seen(): SeenRequest {
    return this.#seat.seen;
  }

  /** The headers are out: tells what there is and stays. */
  open(): void {
    try {
      this.#begin();
      this.#follow();
    } catch (error) {
      if (!(error instanceof StatusError)) throw error;
      this.fail(error);
    }
  }

  /** As the server does about once a minute; not to those who have not asked for it. */
  bookmark(annotations?: Plain): void {
    const { resource, bookmarks } = this.#options;
    const { reached, faults, seen } = this.#seat;
    if (!bookmarks || faults.noBookmarks) return;
    const metadata = { resourceVersion: String(reached()), ...(annotations === undefined ? {} : { annotations }) };
    const object = { kind: resource.kind, apiVersion: apiVersionOf(resource), metadata, ...resource.blank };
    this.#send('BOOKMARK', object);
    seen.bookmarks++;
  }

  /** An ERROR event, then the end. */
  fail(error: StatusError): void {
    const { body, form, seen } = this.#seat;
    seen.events++;
    body.send(form.encoder.event('ERROR', error.body()));
    this.end();
  }

  /** Octets that are no event. */
  inject(bytes: Uint8Array): void {
    this.#seat.body.send(bytes);
  }

  /** Nothing more is sent; the connection stays. */
  silence(): void {
    this.#seat.body.silence();
  }

  end(): void {
    this.stop();
    this.#seat.body.end();
  }

  /** The connection is gone. */
  stop(): void {
    for (const stop of this.#stops.splice(0)) stop();
  }

  #begin(): void {
    const { resource, selector, version, streaming } = this.#options;
    const { state, faults } = this.#seat;
    if (streaming && faults.noStreamingList === 'event') throw cannotStream();
    if (version >= 0) {
      for (const change of state.since(resource, version)) this.#tell(change);
      return;
    }
    for (const { object } of state.list(resource)) if (selector?.(object) !== false) this.#send('ADDED', object);
    if (streaming) this.bookmark({ [INITIAL_EVENTS_END]: 'true' });
  }

  #follow(): void {
    const { state, bookmarkEvery } = this.#seat;
    const timeout = setTimeout(() => this.end(), this.#options.timeoutSeconds * 1000);
    const bookmarks = setInterval(() => this.bookmark(), bookmarkEvery);
    this.#stops.push(
      state.subscribe((change) => this.#tell(change)),
      () => clearTimeout(timeout),
      () => clearInterval(bookmarks),
    );
  }

  #tell(change: Change): void {
    const { resource, selector, version } = this.#options;
    if (change.resource !== resource || change.version <= version) return;
    const seen = seenBy(selector, change);
    if (seen !== undefined) this.#send(seen.type, seen.object);
  }

  #send(type: string, object: Plain): void {
    const { body, form, seen } = this.#seat;
    body.send(form.encoder.event(type, shown(object, form)));
    seen.events++;
  }
}

/** A server whose etcd does not tell how far its watches have come. */
function cannotStream(): StatusError {
  const message =
    'a watch stream was requested by the client but the required storage feature RequestWatchProgress is disabled';
  return new StatusError(500, 'InternalError', message);
}

function at(object: Plain, version: number): Plain {
  return { ...object, metadata: { ...(object['metadata'] as Plain), resourceVersion: String(version) } };
}

/**
 * A change as those see it who select: an object that begins to match is added, one that ceases to match is deleted as it was when it
 * matched. Undefined for what they do not see.
 */
export function seenBy(
  selector: Selector | undefined,
  { type, now, before, version }: Change,
): { readonly type: ChangeType; readonly object: Plain } | undefined {
  if (selector === undefined) return { type, object: now.object };
  const matched = before !== undefined && selector(before.object);
  const matches = type !== 'DELETED' && selector(now.object);
  if (matches) return { type: matched ? 'MODIFIED' : 'ADDED', object: now.object };
  return matched ? { type: 'DELETED', object: at(before.object, version) } : undefined;
}

// A recorded watch, played again: the versions are those of the recording, the pace is the test's. Tests only.

import { isRecord } from '../../objects/fields.ts';
import type { Plain } from '../objects.ts';
import { INITIAL_EVENTS_END } from './annotations.ts';
import { resourceOfObject } from './resources.ts';
import type { FakeApi } from './server.ts';
import { StatusError } from './status.ts';

const TYPES = ['ADDED', 'MODIFIED', 'DELETED', 'BOOKMARK', 'ERROR'] as const;

export interface RecordedEvent {
  readonly type: (typeof TYPES)[number];
  readonly object: Plain;
  /** Of the object; 0 for errors. */
  readonly version: number;
}

/**
 * Reads lines `{"type": …, "object": …}`, as a watch sends them. What comes before the end of initial events is put into the order of its
 * versions, since a server tells it in any order. Throws SyntaxError: `recording, line 3: …`.
 */
export function readRecording(text: string): RecordedEvent[] {
  const events = text.split('\n').flatMap((line, index) => (line.trim() === '' ? [] : [readEvent(line, index + 1)]));
  const end = events.findIndex(({ object }) => isInitialEnd(object));
  const initial = events.slice(0, Math.max(end, 0)).sort((a, b) => a.version - b.version);
  return [...initial, ...events.slice(Math.max(end, 0))];
}

function readEvent(line: string, number: number): RecordedEvent {
  const refuse = (problem: string): never => {
    throw new SyntaxError(`recording, line ${number}: ${problem}`);
  };
  const value = parse(line) ?? refuse('it is no JSON object');
  const type = TYPES.find((each) => each === value['type']) ?? refuse(`type is none of ${TYPES.join(', ')}`);
  const object = isRecord(value['object']) ? value['object'] : refuse('object is missing');
  if (type === 'ERROR') return { type, object, version: 0 };
  const version = Number(metadataOf(object)['resourceVersion']);
  if (!Number.isSafeInteger(version) || version <= 0) refuse('object.metadata.resourceVersion is no number');
  return { type, object, version };
}

function parse(line: string): Plain | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function metadataOf(object: Plain): Plain {
  return isRecord(object['metadata']) ? object['metadata'] : {};
}

function isInitialEnd(object: Plain): boolean {
  const { annotations } = metadataOf(object);
  return isRecord(annotations) && annotations[INITIAL_EVENTS_END] === 'true';
}

/** Plays a recording into a server whose versions begin below those of the recording. */
export class Replay {
  readonly #api: FakeApi;
  readonly #events: readonly RecordedEvent[];
  #next = 0;

  constructor(api: FakeApi, events: readonly RecordedEvent[]) {
    this.#api = api;
    this.#events = events;
  }

  /** Events that have not been played. */
  get left(): number {
    return this.#events.length - this.#next;
  }

  /** Plays so many events, or those that are left. Throws RangeError for a version that has passed. */
  step(count = 1): void {
    for (const event of this.#events.slice(this.#next, this.#next + count)) {
      this.#next++;
      play(this.#api, event);
    }
  }

  /** Plays everything up to and with that version. */
  to(version: number): void {
    while (this.left > 0 && this.#events[this.#next].version <= version) this.step();
  }

  all(): void {
    this.step(this.left);
  }
}

function play(api: FakeApi, { type, object, version }: RecordedEvent): void {
  if (type === 'ERROR') {
    api.failWatches(statusOf(object));
    return;
  }
  const resource = resourceOfObject(object['apiVersion'], object['kind']);
  if (resource === undefined) throw new Error(`${object['apiVersion']} ${object['kind']} is not served`);
  const { namespace = '', name } = metadataOf(object);
  if (type === 'BOOKMARK') {
    api.state.advance(version);
    api.bookmark({ resource: resource.plural });
  } else if (type === 'DELETED') api.state.delete(resource, String(namespace), String(name), version);
  else api.state.put(object, version);
}

function statusOf({ code, reason, message }: Plain): StatusError {
  return new StatusError(Number(code), String(reason ?? ''), String(message ?? ''));
}

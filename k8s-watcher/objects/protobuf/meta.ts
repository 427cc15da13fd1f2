// meta.v1.ObjectMeta, the first field of every object. Called by object.ts. Cold.

import { INITIAL_EVENTS_END } from '../../api/events.ts';
import { CHANGE_TIME } from '../slice.ts';
import { lengthTag, type Reader } from './reader.ts';

/** Fields of meta.v1.ObjectMeta. What is managed by whom (17) is often larger than the rest of the object: passed over. */
const OBJECT_META = {
  name: lengthTag(1),
  namespace: lengthTag(3),
  resourceVersion: lengthTag(6),
  deletionTimestamp: lengthTag(9),
  labels: lengthTag(11),
  annotations: lengthTag(12),
} as const;

/** An entry of any `map<string, string>`. */
const ENTRY = { key: lengthTag(1), value: lengthTag(2) } as const;

/** '' for what is absent. */
export class Metadata {
  name = '';
  namespace = '';
  resourceVersion = '';
  /** Whether there is one. */
  deletionTimestamp: true | undefined = undefined;
  initialEventsEnd = false;
  /** What the controller of endpoints notes: see EndpointSlice.changedAt. */
  changeTime = '';
  readonly labels: Record<string, string> = {};

  /** Reads the message that is next. Annotations are looked at only if asked, of labels only those with these keys unless it is null. */
  read(reader: Reader, annotations: boolean, labels: readonly string[] | null): void {
    const outer = reader.enter();
    for (let tag = reader.tag(); tag !== 0; tag = reader.tag()) {
      if (tag === OBJECT_META.name) this.name = reader.text();
      else if (tag === OBJECT_META.namespace) this.namespace = reader.word();
      else if (tag === OBJECT_META.resourceVersion) this.resourceVersion = reader.text();
      else if (tag === OBJECT_META.labels && labels?.length !== 0) this.#readLabel(reader, labels);
      else if (tag === OBJECT_META.annotations && annotations) this.#readAnnotation(reader);
      else {
        if (tag === OBJECT_META.deletionTimestamp) this.deletionTimestamp = true;
        reader.skip(tag);
      }
    }
    reader.leave(outer);
  }

  /** The key comes first; if it ever does not, its value is read in any case. */
  #readLabel(reader: Reader, wanted: readonly string[] | null): void {
    let key = '';
    let value = '';
    const outer = reader.enter();
    for (let tag = reader.tag(); tag !== 0; tag = reader.tag())
      if (tag === ENTRY.key) key = reader.word();
      else if (tag === ENTRY.value && (key === '' || isWanted(key, wanted))) value = reader.word();
      else reader.skip(tag);
    reader.leave(outer);
    if (isWanted(key, wanted)) this.labels[key] = value;
  }

  /** The key comes first, and the values of others can be long. */
  #readAnnotation(reader: Reader): void {
    let key = '';
    const outer = reader.enter();
    for (let tag = reader.tag(); tag !== 0; tag = reader.tag())
      if (tag === ENTRY.key) key = reader.word();
      else if (tag === ENTRY.value && key === INITIAL_EVENTS_END) this.initialEventsEnd = reader.text() === 'true';
      else if (tag === ENTRY.value && key === CHANGE_TIME) this.changeTime = reader.text();
      else reader.skip(tag);
    reader.leave(outer);
  }
}

function isWanted(key: string, wanted: readonly string[] | null): boolean {
  return wanted === null || wanted.includes(key);
}

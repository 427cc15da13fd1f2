// runtime.Unknown, which the server puts every object into. Called by event.ts and status.ts. Cold.
//
//     k8s\0 { typeMeta = 1 { apiVersion = 1, kind = 2 }, raw = 2 (the object), contentEncoding = 3, contentType = 4 }

import { ProtobufError } from './error.ts';
import { lengthTag, type Reader } from './reader.ts';

/** `k8s\0`. */
export const MAGIC = Uint8Array.of(0x6b, 0x38, 0x73, 0x00);
export const UNKNOWN = { typeMeta: lengthTag(1), raw: lengthTag(2), contentEncoding: lengthTag(3) } as const;
const TYPE_META = { apiVersion: lengthTag(1), kind: lengthTag(2) } as const;

/** True when the octets within [from, to) begin as an envelope does. */
export function isEnvelope(bytes: Buffer, from: number, to: number): boolean {
  return to - from >= MAGIC.length && MAGIC.every((octet, index) => bytes[from + index] === octet);
}

/** Opens the object in the envelope within [from, to). Returns its type: `v1 Service`. */
export function openEnvelope(reader: Reader, bytes: Buffer, from: number, to: number): string {
  if (!isEnvelope(bytes, from, to)) throw new ProtobufError('an object does not begin with k8s\\0');
  reader.open(bytes, from + MAGIC.length, to);
  let type = '';
  let start = 0;
  let end = 0;
  for (let tag = reader.tag(); tag !== 0; tag = reader.tag()) {
    if (tag === UNKNOWN.typeMeta) type = readType(reader);
    else if (tag === UNKNOWN.contentEncoding) refuseEncoding(reader);
    else {
      reader.skip(tag);
      if (tag === UNKNOWN.raw) [start, end] = [reader.from, reader.to];
    }
  }
  reader.open(bytes, start, end);
  return type;
}

/** Reads the message `typeMeta` that is next. */
export function readType(reader: Reader): string {
  let apiVersion = '';
  let kind = '';
  const outer = reader.enter();
  for (let tag = reader.tag(); tag !== 0; tag = reader.tag())
    if (tag === TYPE_META.apiVersion) apiVersion = reader.word();
    else if (tag === TYPE_META.kind) kind = reader.word();
    else reader.skip(tag);
  reader.leave(outer);
  return `${apiVersion} ${kind}`;
}

/** Objects come as they are: other encodings exist in the server's own storage only. */
export function refuseEncoding(reader: Reader): void {
  const encoding = reader.text();
  if (encoding !== '') throw new ProtobufError(`content encoding ${JSON.stringify(encoding.slice(0, 40))}`);
}

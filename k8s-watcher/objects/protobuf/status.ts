// meta.v1.Status: why the server refuses, as the body of an answer or within a watch. Called by event.ts and by the client. Cold.

import type { StatusParts } from '../../api/events.ts';
import { isEnvelope, openEnvelope } from './envelope.ts';
import { ProtobufError } from './error.ts';
import { lengthTag, Reader, varintTag } from './reader.ts';

export const STATUS_TYPE = 'v1 Status';
const STATUS = { message: lengthTag(3), reason: lengthTag(4), details: lengthTag(5), code: varintTag(6) } as const;
const STATUS_DETAILS = { retryAfterSeconds: varintTag(5) } as const;

/** The body of an answer; undefined when it is no protobuf at all. Throws ProtobufError for one that is not a Status, or damaged. */
export function decodeStatus(body: Buffer): StatusParts | undefined {
  if (!isEnvelope(body, 0, body.length)) return undefined;
  const reader = new Reader();
  const type = openEnvelope(reader, body, 0, body.length);
  if (type !== STATUS_TYPE) throw new ProtobufError(`${JSON.stringify(type.slice(0, 80))} instead of a status`);
  return readStatus(reader);
}

/** Reads what `reader` is open on to its end. */
export function readStatus(reader: Reader): StatusParts {
  let code = 0;
  let reason = '';
  let message = '';
  let retryAfter = 0;
  for (let tag = reader.tag(); tag !== 0; tag = reader.tag())
    if (tag === STATUS.message) message = reader.text();
    else if (tag === STATUS.reason) reason = reader.text();
    else if (tag === STATUS.code) code = reader.integer();
    else if (tag === STATUS.details) retryAfter = readRetryAfter(reader);
    else reader.skip(tag);
  return { code, reason, message, retryAfter };
}

function readRetryAfter(reader: Reader): number {
  let seconds = 0;
  const outer = reader.enter();
  for (let tag = reader.tag(); tag !== 0; tag = reader.tag())
    if (tag === STATUS_DETAILS.retryAfterSeconds) seconds = reader.integer();
    else reader.skip(tag);
  reader.leave(outer);
  return seconds;
}

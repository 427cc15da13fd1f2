// How objects go out, and which form a client gets of those it accepts. Other forms than JSON are given to the server. Tests only.

import type { Plain } from '../objects.ts';
import type { Resource } from './resources.ts';
import { StatusError } from './status.ts';

/** One form of bodies. */
export interface Encoder {
  /** As clients name it in Accept: `application/json`. */
  readonly contentType: string;
  /** Of watches: `application/vnd.kubernetes.protobuf;stream=watch`. */
  readonly watchContentType: string;
  /** A whole body: an object, a Status, or a list `{kind, apiVersion, metadata, items}` whose items have no kind of their own. */
  body(object: Plain): Uint8Array;
  /** One event of a watch with its frame. */
  event(type: string, object: Plain): Uint8Array;
}

const text = new TextEncoder();

export const JSON_ENCODER: Encoder = {
  contentType: 'application/json',
  watchContentType: 'application/json',
  body: (object) => text.encode(`${JSON.stringify(object)}\n`),
  event: (type, object) => text.encode(`${JSON.stringify({ type, object })}\n`),
};

export interface Form {
  readonly encoder: Encoder;
  /** Metadata only (PartialObjectMetadata). */
  readonly partial: boolean;
}

/** The first of the accepted types that can be served. Throws StatusError 406. */
export function negotiate(accept: string, encoders: readonly Encoder[], resource: Resource | undefined): Form {
  const types = accept === '' ? ['*/*'] : accept.split(',');
  for (const type of types) {
    const [name, ...parameters] = type.split(';').map((part) => part.trim());
    const as = parameters.find((parameter) => parameter.startsWith('as='))?.slice('as='.length);
    const partial = as === 'PartialObjectMetadata' || as === 'PartialObjectMetadataList';
    if (as !== undefined && !partial) continue;
    const encoder = encoderFor(name, resource?.custom === true ? [] : encoders);
    if (encoder !== undefined) return { encoder, partial };
  }
  const known = [JSON_ENCODER, ...encoders].map(({ contentType }) => contentType).join(', ');
  throw new StatusError(406, 'NotAcceptable', `406: Not Acceptable\n\nAvailable representations: ${known}`, {});
}

function encoderFor(name: string, encoders: readonly Encoder[]): Encoder | undefined {
  if (['*/*', 'application/*', JSON_ENCODER.contentType].includes(name)) return JSON_ENCODER;
  return encoders.find(({ contentType }) => contentType === name);
}

/** The object as `form` shows it within a watch or alone. */
export function shown(object: Plain, form: Form): Plain {
  if (!form.partial) return object;
  return { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: object['metadata'] };
}

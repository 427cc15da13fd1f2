// How an object is refused: whose field, where, and what it should be. Called by all checks of objects. Cold.

import { ObjectError } from '../errors.ts';
import { describeId, type Kind, type ObjectId } from './object.ts';

/** What a message begins with: the kind alone until the object's name is known to be one. */
export type Subject = Kind | ObjectId;

/** `Service default/web: spec.ports[0].name: "Web_1" is not a DNS label`. */
export function refusal(subject: Subject, path: string, value: unknown, wanted: string): ObjectError {
  return complaint(subject, path, `${quote(value)} is not ${wanted}`);
}

/** `Service: metadata.name: is missing`. */
export function missing(subject: Subject, path: string): ObjectError {
  return complaint(subject, path, 'is missing');
}

/** `SUBJECT: PATH: MESSAGE`. */
export function complaint(subject: Subject, path: string, message: string): ObjectError {
  return new ObjectError(`${typeof subject === 'string' ? subject : describeId(subject)}: ${path}: ${message}`);
}

/** The value as it would stand in JSON, cut to a readable length. */
export function quote(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 80 ? `${text.slice(0, 77)}…` : text;
}

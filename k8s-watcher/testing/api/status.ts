// The API server's errors: what its Status objects say. Made by the fake API server; tests only.

import type { Plain } from '../objects.ts';
import type { Resource, Target } from './resources.ts';

/** A refusal. Thrown while a request is handled, or shown within a watch as an ERROR event. */
export class StatusError extends Error {
  override readonly name = 'StatusError';
  readonly code: number;
  readonly reason: string;
  readonly details: Plain | undefined;
  /** Of the list, for those who may go on elsewhere. */
  readonly metadata: Plain;

  constructor(code: number, reason: string, message: string, details?: Plain, metadata: Plain = {}) {
    super(message);
    this.code = code;
    this.reason = reason;
    this.details = details;
    this.metadata = metadata;
  }

  /** The Status object. */
  body(): Plain {
    const { metadata, message, reason, details, code } = this;
    return {
      kind: 'Status',
      apiVersion: 'v1',
      metadata,
      status: 'Failure',
      message,
      ...(reason === '' ? {} : { reason }),
      ...(details === undefined ? {} : { details }),
      code,
    };
  }
}

function detailsOf({ group, plural }: Resource, name = ''): Plain {
  return { ...(name === '' ? {} : { name }), ...(group === '' ? {} : { group }), kind: plural };
}

/** `services`, `endpointslices.discovery.k8s.io`. */
function qualified({ group, plural }: Resource): string {
  return group === '' ? plural : `${plural}.${group}`;
}

export function badRequest(message: string): StatusError {
  return new StatusError(400, 'BadRequest', message);
}

export function unauthorized(): StatusError {
  return new StatusError(401, 'Unauthorized', 'Unauthorized');
}

export function forbidden(user: string, verb: string, { resource, namespace, name }: Target): StatusError {
  const where = namespace === '' ? 'at the cluster scope' : `in the namespace "${namespace}"`;
  const what = `${qualified(resource)}${name === '' ? '' : ` "${name}"`}`;
  const message = `${what} is forbidden: User "${user}" cannot ${verb} resource "${resource.plural}" in API group "${resource.group}" ${where}`;
  return new StatusError(403, 'Forbidden', message, detailsOf(resource, name));
}

export function notFound(resource: Resource, name: string): StatusError {
  return new StatusError(404, 'NotFound', `${qualified(resource)} "${name}" not found`, detailsOf(resource, name));
}

export function alreadyExists(resource: Resource, name: string): StatusError {
  const message = `${qualified(resource)} "${name}" already exists`;
  return new StatusError(409, 'AlreadyExists', message, detailsOf(resource, name));
}

export function conflict(resource: Resource, name: string): StatusError {
  const message = `Operation cannot be fulfilled on ${qualified(resource)} "${name}": the object has been modified; please apply your changes to the latest version and try again`;
  return new StatusError(409, 'Conflict', message, detailsOf(resource, name));
}

export function methodNotAllowed(): StatusError {
  const message = 'the server does not allow this method on the requested resource';
  return new StatusError(405, 'MethodNotAllowed', message, {});
}

/** Options of a list or watch that do not go together. `field` is the option. */
export function invalidOptions(field: string, problem: string): StatusError {
  const message = `ListOptions.meta.k8s.io "" is invalid: ${field}: Forbidden: ${problem}`;
  return new StatusError(422, 'Invalid', message, {
    group: 'meta.k8s.io',
    kind: 'ListOptions',
    causes: [{ reason: 'FieldValueForbidden', message: `Forbidden: ${problem}`, field }],
  });
}

/** History before `oldest` is forgotten: for watches, and for lists of the past. */
export function expired(asked: number, oldest: number): StatusError {
  return new StatusError(410, 'Expired', `too old resource version: ${asked} (${oldest})`);
}

/** The rest of a list whose version is forgotten; `token` goes on with what there is now. */
export function continueExpired(token: string): StatusError {
  const message = 'The provided continue parameter is too old to display a consistent list result.';
  return new StatusError(410, 'Expired', message, undefined, { continue: token });
}

export function tooLarge(asked: number, current: number): StatusError {
  return new StatusError(504, 'Timeout', `Timeout: Too large resource version: ${asked}, current: ${current}`, {
    causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
    retryAfterSeconds: 1,
  });
}

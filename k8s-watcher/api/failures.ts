// What a failed request means for the one who has to go on. Used by reflector.ts and audit.ts. Cold.

import { ApiRequestError, ApiTimeoutError } from './errors.ts';
import { type StatusParts, StreamError } from './events.ts';

/** A watch has ended without a word: it is resumed, and nobody has to know. */
export class BodyEndedError extends Error {
  readonly code = 'ERR_API_BODY_ENDED';
  override readonly name = 'BodyEndedError';
  /** It had lived long enough for its server to be well. */
  readonly healthy: boolean;

  constructor(message: string, healthy: boolean, cause?: unknown) {
    super(message, { cause });
    this.healthy = healthy;
  }
}

/** An ERROR event as the failure that it is. */
export function failureOfEvent({ code, reason, message, retryAfter }: StatusParts): ApiRequestError {
  const text = message.replaceAll(/\s+/g, ' ').trim() || `status ${code}`;
  return new ApiRequestError(text, { status: code, reason, retryAfter });
}

/** The server does not know that resource version, or that page of a list, any more. */
export function isExpired(error: unknown): boolean {
  return (
    error instanceof ApiRequestError && (error.status === 410 || error.reason === 'Expired' || error.reason === 'Gone')
  );
}

/** The server does not know streaming lists, and will not know them tomorrow. */
export function refusesStreaming(error: unknown): boolean {
  return error instanceof ApiRequestError && [400, 405, 406, 415, 422].includes(error.status);
}

/** The request is not allowed, or there is no such resource: a list may be, and if not, its message is the one that operators know. */
export function refusesRequest(error: unknown): boolean {
  return refusesStreaming(error) || (error instanceof ApiRequestError && [403, 404].includes(error.status));
}

/** Nobody answered: as soon as somebody does, it is worth trying again. */
export function isUnreachable(error: unknown): boolean {
  if (error instanceof StreamError) return false;
  return !(error instanceof ApiRequestError) || error.status === 0;
}

/** Nothing came for too long. */
export function isStall(error: unknown): boolean {
  return error instanceof ApiTimeoutError || (error instanceof Error && error.cause instanceof ApiTimeoutError);
}

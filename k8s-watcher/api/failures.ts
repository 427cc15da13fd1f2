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

/** Statuses of servers that do not know streaming lists, and will not know them tomorrow. */
const NO_STREAMING: readonly number[] = [400, 405, 406, 415, 422];
/**
 * Not allowed to watch, or no such resource: a list may be allowed, and if not, its refusal is the one that operators know. 500: the
 * server's storage cannot do it, or something else that may pass.
 */
const NO_WATCH: readonly number[] = [403, 404, 500];

/** The server cannot stream lists: pages are asked for from now on. */
export function refusesStreaming(error: unknown): boolean {
  return error instanceof ApiRequestError && NO_STREAMING.includes(error.status);
}

/** The server does not stream this list: pages may be had. */
export function refusesRequest(error: unknown): boolean {
  return refusesStreaming(error) || (error instanceof ApiRequestError && NO_WATCH.includes(error.status));
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

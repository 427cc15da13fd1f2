// What can go wrong on the way to an API server, as errors with stable codes. Cold.

/** Settings or files that say how the server is reached cannot be used. `message` is one line: which file, which part, what is wrong. */
export class ApiConfigError extends Error {
  readonly code = 'ERR_API_CONFIG';
  override readonly name = 'ApiConfigError';
}

/** No octet came for as long as the request allows: the connection counts as dead. */
export class ApiTimeoutError extends Error {
  readonly code = 'ERR_API_TIMEOUT';
  override readonly name = 'ApiTimeoutError';
}

/** What a failure tells beside its message. */
export interface FailureFacts {
  /** HTTP status, or code of an ERROR event; 0 when no answer came. */
  readonly status?: number;
  /** `reason` of the server's Status object (`Expired`, `Forbidden`, `NotFound`, …), else ''. */
  readonly reason?: string;
  /** Seconds that the server asks to wait, else 0. */
  readonly retryAfter?: number;
  /** Nobody listens there. The reference does not log this case. */
  readonly refused?: boolean;
  /** Whoever asked has given up: nothing to report. */
  readonly cancelled?: boolean;
}

/** A request failed, in the words that an operator needs: `message` is one line, holds no secret, and says what to do where that is known. */
export class ApiRequestError extends Error {
  readonly code = 'ERR_API_REQUEST';
  override readonly name = 'ApiRequestError';
  readonly status: number;
  readonly reason: string;
  readonly retryAfter: number;
  readonly refused: boolean;
  readonly cancelled: boolean;

  constructor(message: string, facts: FailureFacts = {}, cause?: unknown) {
    super(message, cause === undefined ? {} : { cause });
    this.status = facts.status ?? 0;
    this.reason = facts.reason ?? '';
    this.retryAfter = facts.retryAfter ?? 0;
    this.refused = facts.refused ?? false;
    this.cancelled = facts.cancelled ?? false;
  }
}

/** Whoever asked has given up. */
export function cancelled(what = 'cancelled'): ApiRequestError {
  return new ApiRequestError(what, { cancelled: true });
}

// What every part of a source is given: whom to ask for what, whom to tell, how patient to be. Made by source.ts. Cold.

import type { ApiSink } from '../source.ts';
import type { BackoffOptions } from './backoff.ts';
import type { ApiClient } from './client.ts';
import type { ApiPlan } from './plan.ts';

/** What is used of the client. */
export type Requester = Pick<ApiClient, 'request' | 'explain'>;

/** Times in milliseconds where nothing else is said; what is left out has its default. */
export interface ApiSourceOptions {
  /** Between two audits of a kind; 0 for none. */
  readonly auditInterval?: number;
  /** How long an audit waits for the watch to tell what is missing. */
  readonly auditPatience?: number;
  /** A connection without an octet for so long is dead. */
  readonly idleTimeout?: number;
  /** After this time, by chance up to twice as long, the server ends a watch (spec C2): seconds. */
  readonly watchSeconds?: number;
  /** It has so long to do that, then the connection is dead. */
  readonly watchSlack?: number;
  /** A watch that is resumed and is not refused for so long is in force. */
  readonly confirmAfter?: number;
  readonly backoff?: BackoffOptions;
  /** Whether binary encoding is asked for where the server has it. */
  readonly protobuf?: boolean;
}

export type Settings = Required<ApiSourceOptions>;

/**
 * auditInterval: each audit reads the metadata of all objects (12 MB for 10,000 slices) and finds what nobody else does; lower it if
 * `findings` is ever above 0. auditPatience: a bookmark, which comes once a minute. idleTimeout: a bookmark and a half: shorter ones resume
 * healthy watches of quiet kinds (`stalls` grows without failures), longer ones serve stale names for longer. confirmAfter: a version that
 * is too old is refused within the time of one answer.
 */
export const DEFAULTS: Settings = {
  auditInterval: 600_000,
  auditPatience: 75_000,
  idleTimeout: 90_000,
  watchSeconds: 300,
  watchSlack: 30_000,
  confirmAfter: 1000,
  backoff: {},
  protobuf: true,
};

/** What a reflector and an audit work with. */
export interface Terms {
  readonly plan: ApiPlan;
  readonly client: Requester;
  readonly sink: ApiSink;
  readonly settings: Settings;
}

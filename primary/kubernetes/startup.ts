// A start waits for the API server, but not for ever (spec C3). Cold.

import type { Logger } from '#ops/log/logger.ts';

/** Milliseconds between two lines that say what is waited for. */
const REMIND = 500;

/** One directive: the image that it answers from, and how long it waits for it (milliseconds). */
export interface Awaited {
  readonly key: string;
  readonly timeout: number;
}

/** Who knows whether an image is complete. */
export interface SyncState {
  isSynced(key: string): boolean;
  /** Resolves when all of these are, or when nobody will know any more. */
  whenSynced(keys: readonly string[]): Promise<void>;
}

/** Resolves when every image is complete or its directive has no more patience, which is told. */
export async function waitForSync(state: SyncState, awaited: readonly Awaited[], log: Logger): Promise<void> {
  const missing = awaited.filter(({ key }) => !state.isSynced(key));
  if (missing.length === 0) return;
  const reminder = setInterval(() => log.info('waiting for Kubernetes API before starting server'), REMIND);
  try {
    await Promise.all(missing.map((one) => waitForOne(state, one, log)));
  } finally {
    clearInterval(reminder);
  }
}

async function waitForOne(state: SyncState, { key, timeout }: Awaited, log: Logger): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<'late'>();
  const timer = setTimeout(() => resolve('late'), timeout);
  const first = await Promise.race([state.whenSynced([key]), promise]);
  clearTimeout(timer);
  if (first === 'late') log.warning('starting server with unsynced Kubernetes API');
}

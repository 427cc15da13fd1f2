// Audits one kind from time to time, and has it listed anew when something is wrong. One a reflector. Cold.

import { setTimeout as sleep } from 'node:timers/promises';
import { audit } from './audit.ts';
import type { Reflector } from './reflector.ts';
import type { Terms } from './settings.ts';

/** Objects whose metadata may be read in one interval (25 MB of JSON); with more of them audits are rarer. */
const OBJECTS_AN_INTERVAL = 20_000;
/** Findings one after the other double the interval so many times at most: a list that does not help is not asked for all the time. */
const MOST_DOUBLED = 4;

export class Auditor {
  readonly #reflector: Reflector;
  readonly #terms: Terms;
  readonly #ended = new AbortController();
  #work: Promise<void> = Promise.resolve();
  /** Findings since the last audit without one. */
  #inRow = 0;

  constructor(reflector: Reflector, terms: Terms) {
    this.#reflector = reflector;
    this.#terms = terms;
  }

  open(): void {
    if (this.#terms.settings.auditInterval > 0) this.#work = this.#run();
  }

  async close(): Promise<void> {
    this.#ended.abort();
    await this.#work;
  }

  /** Half to one and a half of the interval, so that neither kinds nor replicas ask at the same time. */
  #interval(): number {
    const { settings, sink } = this.#terms;
    const load = Math.max(1, sink.count(this.#reflector.resource.kind) / OBJECTS_AN_INTERVAL);
    return settings.auditInterval * load * 2 ** Math.min(this.#inRow, MOST_DOUBLED) * (0.5 + Math.random());
  }

  async #run(): Promise<void> {
    const { signal } = this.#ended;
    while (!signal.aborted) {
      await sleep(this.#interval(), undefined, { signal }).catch(() => {});
      // A server that cannot be asked is the reflector's business.
      if (!signal.aborted) await this.#audit(signal).catch(() => {});
    }
  }

  async #audit(signal: AbortSignal): Promise<void> {
    const reflector = this.#reflector;
    if (!reflector.stats.watching || reflector.feed.version === '') return;
    const finding = await audit(reflector, this.#terms, signal);
    if (signal.aborted) return;
    reflector.stats.audits++;
    this.#inRow = finding === '' ? 0 : this.#inRow + 1;
    if (finding === '') return;
    reflector.stats.findings++;
    this.#terms.sink.warning(`Audit of ${reflector.resource.goType}: ${finding}; it is listed anew`);
    reflector.relist('audit');
  }
}

// What /ready says: which plugins are not ready yet (behaviour D ready). Used by HttpServers; cold.

import type { ServerResponse } from 'node:http';
import type { Logger } from '#ops/log/logger.ts';
import { send } from './listener.ts';

/** A plugin that has something to wait for. Two blocks with the same plugin are two participants. */
export interface Participant {
  /** Name of the plugin. */
  readonly name: string;
  ready(): boolean;
}

export type ReadyMonitor = 'until-ready' | 'continuously';

/** What is named while every plugin is ready and the sockets of DNS are not bound yet: plugins are all that the body can name. */
const BINDING = 'bind';

/** The participants of one configuration, as one address asks them. */
export class Readiness {
  #waiting: readonly Participant[];
  readonly #monitor: ReadyMonitor;
  readonly #log: Logger;
  readonly #bound: () => boolean;

  /** `until-ready`: a participant that was ready once is not asked again. `bound`: the server answers queries. */
  constructor(participants: readonly Participant[], monitor: ReadyMonitor, log: Logger, bound: () => boolean) {
    this.#bound = bound;
    this.#waiting = participants;
    this.#monitor = monitor;
    this.#log = log.plugin('ready');
  }

  /** 200 `OK`, or 503 with the names of those that are not ready, and a line in the log. */
  handle(response: ServerResponse): void {
    const names = this.#notReady() || (this.#bound() ? '' : BINDING);
    if (names !== '') this.#log.info(`Plugins not ready: "${names}"`);
    send(response, names === '' ? 200 : 503, names === '' ? 'OK' : names);
  }

  #notReady(): string {
    const waiting = this.#waiting.filter((participant) => !participant.ready());
    if (this.#monitor === 'until-ready') this.#waiting = waiting;
    return waiting
      .map(({ name }) => name)
      .sort()
      .join();
  }
}

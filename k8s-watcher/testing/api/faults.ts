// What can be made to go wrong, at any time of a test. Every fault can be narrowed to a resource, a verb and a number of requests. Tests only.

import { StatusError } from './status.ts';

export type Verb = 'list' | 'watch' | 'get' | 'create' | 'update' | 'patch' | 'delete' | '';

/** Which requests a fault meets; what is left out meets all. */
export interface Only {
  /** Plural: `services`. */
  readonly resource?: string;
  readonly verb?: Verb;
  /** How many requests, then it is over. */
  readonly times?: number;
}

/** How a body goes out. */
export interface Effects {
  /** Refused with 403. */
  readonly deny: true;
  /** As if the type did not exist: 404 in plain text. */
  readonly missing: true;
  /** Answered with this Status. */
  readonly fail: StatusError;
  /** 429; the number is Retry-After in seconds. */
  readonly tooMany: number;
  /** Milliseconds before the answer begins; Infinity for never. */
  readonly delay: number;
  /** Headers come, then nothing, and the connection stays. */
  readonly stall: true;
  readonly slow: { readonly bytesPerChunk: number; readonly delay: number };
  /** Octets of the body after which the connection is gone. */
  readonly cut: number;
  /** In place of the body. */
  readonly garbage: string;
}

/** How a server refuses streaming lists: it does not know them (422), does not take them (400), or cannot do them (an ERROR event, code 500). */
export type NoStreaming = 'invalid' | 'badRequest' | 'event';

interface Rule {
  readonly only: Only;
  readonly effect: Partial<Effects>;
  left: number;
}

/** Ends a fault. */
export type Lift = () => void;

export class Faults {
  /** `true` is 'invalid'. */
  noStreamingList: boolean | NoStreaming = false;
  /** Nobody is sent bookmarks, nor the one that ends the initial events. */
  noBookmarks = false;
  readonly #rules = new Set<Rule>();
  /** Told of stalls: they are for watches that are open, too. */
  readonly #stalled: (only: Only) => void;

  constructor(stalled: (only: Only) => void) {
    this.#stalled = stalled;
  }

  /** 403 with the words of a server whose RBAC does not allow it; all verbs when none is named. */
  deny(resource: string, verb?: Verb): Lift {
    return this.#add(verb === undefined ? { resource } : { resource, verb }, { deny: true });
  }

  /** 404, as for a type whose CustomResourceDefinition is not installed. */
  missing(resource: string): Lift {
    return this.#add({ resource }, { missing: true });
  }

  /** Any Status: `fail(500, 'InternalError', 'etcdserver: request timed out')`. */
  fail(code: number, reason: string, message: string, only: Only = {}): Lift {
    return this.#add(only, { fail: new StatusError(code, reason, message) });
  }

  /** 429. */
  tooMany(retryAfter: number, only: Only = {}): Lift {
    return this.#add(only, { tooMany: retryAfter });
  }

  /** The answer begins later, or never. */
  delay(ms: number, only: Only = {}): Lift {
    return this.#add(only, { delay: ms });
  }

  /**
   * Watches go silent while their connection stays, as when a firewall has forgotten it: those that are open, for good, and those that
   * begin while the fault lasts. With another verb: the headers come and the body does not.
   */
  stall(only: Only = { verb: 'watch' }): Lift {
    this.#stalled(only);
    return this.#add(only, { stall: true });
  }

  /** Bodies in small chunks, `delay` milliseconds apart. */
  slow(bytesPerChunk: number, delay: number, only: Only = {}): Lift {
    return this.#add(only, { slow: { bytesPerChunk, delay } });
  }

  /** The connection is gone after so many octets of a body. */
  cut(afterBytes: number, only: Only = {}): Lift {
    return this.#add(only, { cut: afterBytes });
  }

  /** Bodies are this text instead; a watch sends it first and goes on. For watches that are open see FakeApi.inject. */
  garbage(text: string, only: Only = {}): Lift {
    return this.#add(only, { garbage: text });
  }

  /** Everything is well again; silent watches stay silent. */
  clear(): void {
    this.#rules.clear();
    this.noStreamingList = false;
    this.noBookmarks = false;
  }

  /** All effects that meet this request; each counts as one of its times. Called by the server. */
  take(resource: string, verb: Verb): Partial<Effects> {
    const effects: Partial<Effects>[] = [];
    for (const rule of this.#rules) {
      if (!meets(rule.only, resource, verb)) continue;
      effects.unshift(rule.effect);
      if (--rule.left === 0) this.#rules.delete(rule);
    }
    return Object.assign({}, ...effects) as Partial<Effects>;
  }

  #add(only: Only, effect: Partial<Effects>): Lift {
    const rule: Rule = { only, effect, left: only.times ?? Number.POSITIVE_INFINITY };
    this.#rules.add(rule);
    return () => {
      this.#rules.delete(rule);
    };
  }
}

export function meets(only: Only, resource: string, verb: Verb): boolean {
  return (only.resource === undefined || only.resource === resource) && (only.verb === undefined || only.verb === verb);
}

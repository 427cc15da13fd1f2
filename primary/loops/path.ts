// One way out of this server, a zone through an upstream, and whether it leads back: probes it in rounds and decides. Called by loops.ts. Cold.

import type { LoopSighting } from '#plugins/loop/watch.ts';

/** What there is to know of an upstream of a rule. */
export interface Path {
  /** See forward/paths.ts. */
  readonly key: string;
  /** The zone that probes are named under. */
  readonly zone: string;
  /** The upstream's address. */
  readonly upstream: string;
  /** What metrics call it. */
  readonly label: string;
  /** See LoopOptions. */
  readonly mark: string;
  readonly interval: number;
  readonly retryMin: number;
  readonly retryMax: number;
}

/** How a round of probing ended. */
export type RoundResult = 'returned' | 'clear' | 'unanswered';

export interface PathContext {
  /** A name for one probe. */
  readonly name: (path: Path) => string;
  /** Has the probe sent; false: nobody can at the moment. `probed` or `sighted` follow. */
  readonly send: (path: Path, name: string) => boolean;
  /** Whether there are replicas that know this one's probes. */
  readonly hasFleet: (path: Path) => boolean;
  /** Whether one of them has seen the probe. Never rejects. */
  readonly elsewhere: (path: Path, name: string) => Promise<boolean>;
  readonly ended: (path: Path, result: RoundResult) => void;
  /** `source` describes the last sighting. */
  readonly detected: (path: Path, source: string, retryIn: number) => void;
  readonly lifted: (path: Path) => void;
}

/**
 * Rounds in a row whose probe must come back, each under another name. One name may be learnt on its way and played back; who can play back every
 * name at once is the upstream itself, and all that it gets from it is not to be asked any more.
 */
const CONFIRMATIONS = 3;
/** Rounds in a row whose probe was answered and did not come back: a lost datagram must not end a quarantine. */
const ALL_CLEAR = 3;
/** Milliseconds between rounds of which one bears the other out. */
const CONFIRM_PAUSE = 100;
/** Milliseconds that a sighting may take longer than the answer: it comes from another thread. */
const GRACE = 100;
/** The same for notes of other replicas, which are written when there is time. */
const NOTE_GRACE = 500;
/** Milliseconds after which nobody is expected to report any more: the thread has died. An upstream has 2 s. */
const ROUND_LIMIT = 4000;
/** Intervals vary by this share either way, so that replicas that were started together drift apart. */
const JITTER = 0.25;

const OTHER_REPLICA = 'another replica';

export class PathWatch {
  readonly path: Path;
  readonly #context: PathContext;
  #timer: NodeJS.Timeout | null = null;
  /** Name of the probe under way; '' between rounds. */
  #name = '';
  /** Rounds in a row that say so. */
  #returned = 0;
  #clear = 0;
  /** Milliseconds until the next look at an upstream in quarantine; 0 for one that is not. */
  #retry = 0;
  #stopped = false;

  constructor(path: Path, context: PathContext) {
    this.path = path;
    this.#context = context;
  }

  get quarantined(): boolean {
    return this.#retry > 0;
  }

  /** `soon`: the first round is now, not after an interval. */
  start(soon: boolean): void {
    this.#stopped = false;
    if (soon) this.#round();
    else this.#later();
  }

  #schedule(milliseconds: number): void {
    if (this.#stopped) return;
    this.#timer = setTimeout(() => this.#round(), milliseconds);
    this.#timer.unref();
  }

  /** After the usual interval. */
  #later(): void {
    const { interval } = this.path;
    if (interval > 0) this.#schedule(jittered(interval));
  }

  #round(): void {
    const name = this.#context.name(this.path);
    this.#name = name;
    if (this.#context.send(this.path, name)) this.#limit(ROUND_LIMIT, () => this.#end('unanswered', ''));
    else this.#end('unanswered', '');
  }

  #limit(milliseconds: number, then: () => void): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = setTimeout(then, milliseconds);
    this.#timer.unref();
  }

  /** A thread has seen a probe; true when it is the one under way. */
  sighted({ name, source, listener }: LoopSighting): boolean {
    if (name !== this.#name) return false;
    this.#end('returned', `${source} -> ${listener.slice(listener.indexOf('://') + 3)}`);
    return true;
  }

  /** The upstream has answered, or the thread does not wait any longer. */
  probed(name: string, answered: boolean): void {
    if (name !== this.#name) return;
    const grace = this.#context.hasFleet(this.path) ? NOTE_GRACE : GRACE;
    this.#limit(grace, () => void this.#conclude(name, answered));
  }

  async #conclude(name: string, answered: boolean): Promise<void> {
    const elsewhere = await this.#context.elsewhere(this.path, name);
    if (name !== this.#name || this.#stopped) return;
    if (elsewhere) this.#end('returned', OTHER_REPLICA);
    else this.#end(answered ? 'clear' : 'unanswered', '');
  }

  #end(result: RoundResult, source: string): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#name = '';
    this.#returned = result === 'returned' ? this.#returned + 1 : 0;
    this.#clear = result === 'clear' ? this.#clear + 1 : 0;
    this.#context.ended(this.path, result);
    if (this.#retry > 0) this.#judgeQuarantine(result);
    else this.#judge(source);
  }

  #judge(source: string): void {
    if (this.#returned === 0) {
      this.#later();
      return;
    }
    if (this.#returned < CONFIRMATIONS) {
      this.#schedule(CONFIRM_PAUSE);
      return;
    }
    this.#retry = this.path.retryMin;
    this.#context.detected(this.path, source, this.#retry);
    this.#schedule(this.#retry);
  }

  #judgeQuarantine(result: RoundResult): void {
    if (this.#clear >= ALL_CLEAR) {
      this.#retry = 0;
      this.#context.lifted(this.path);
      this.#later();
    } else if (this.#clear > 0) this.#schedule(CONFIRM_PAUSE);
    else {
      if (result === 'returned') this.#retry = Math.min(2 * this.#retry, this.path.retryMax);
      this.#schedule(this.#retry);
    }
  }

  stop(): void {
    this.#stopped = true;
    this.#name = '';
    if (this.#timer !== null) clearTimeout(this.#timer);
  }
}

function jittered(milliseconds: number): number {
  return milliseconds * (1 + JITTER * (2 * Math.random() - 1));
}

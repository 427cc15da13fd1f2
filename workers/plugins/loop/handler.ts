// loop: recognises the probe that the primary sent, when it comes back through an upstream (behaviour D loop). Hot, but does next to nothing.

import { peerPort, peerText } from '#native/datagram.ts';
import { TYPE } from '#wire/constants.ts';
import { encodeName } from '#wire/name.ts';
import type { BlockScope, Handler, Host } from '../../chain/handler.ts';
import { NEXT, type Outcome } from '../../chain/outcome.ts';
import { hostPort } from '../../lib/upstream/address.ts';
import type { Query } from '../../query/query.ts';
import type { PluginPlan } from '../plan.ts';
import type { LoopOptions } from './options.ts';

/** Sightings that one handler reports: the primary decides at the third, and a loop makes thousands. */
const MAX_REPORTS = 16;

export class LoopHandler implements Handler {
  readonly #options: LoopOptions;
  readonly #host: Host;
  readonly #listener: string;
  readonly #name: Uint8Array;
  #reports = 0;

  constructor(options: LoopOptions, host: Host, listener: string) {
    this.#options = options;
    this.#host = host;
    this.#listener = listener;
    this.#name = encodeName(options.name);
  }

  /** The probe goes on like every other query: that is how it comes round. */
  serve(query: Query): Outcome {
    if (query.type === TYPE.HINFO && this.#isProbe(query)) this.#report(query);
    return NEXT;
  }

  #isProbe(query: Query): boolean {
    const name = this.#name;
    if (query.nameLength !== name.length || this.#reports === MAX_REPORTS) return false;
    for (let i = 0; i < name.length; i++) if (query.bytes[query.lowerAt + i] !== name[i]) return false;
    return true;
  }

  #report({ bytes, peerAt }: Query): void {
    this.#reports++;
    this.#host.report({
      kind: 'loop',
      // Whoever carries the message knows the thread.
      thread: -1,
      source: hostPort(peerText(bytes, peerAt), peerPort(bytes, peerAt)),
      listener: this.#listener,
      zone: this.#options.zone,
      name: this.#options.name,
    });
  }
}

export function build(plan: PluginPlan<LoopOptions, unknown>, host: Host, scope: BlockScope): LoopHandler {
  return new LoopHandler(plan.options, host, scope.server);
}

// An API server as the source of objects: every kind that is needed kept in step, each on its own. The cluster has one. Cold.

import type { Kind } from '../objects/object.ts';
import type { ApiSink } from '../source.ts';
import { Auditor } from './auditor.ts';
import type { ApiNeeds, ApiPlan } from './plan.ts';
import { Reflector } from './reflector.ts';
import { RESOURCES, type Resource } from './resources.ts';
import { type ApiSourceOptions, DEFAULTS, type Requester, type Terms } from './settings.ts';
import type { KindStats } from './stats.ts';

/** One kind. */
interface Member {
  readonly reflector: Reflector;
  readonly auditor: Auditor;
}

/**
 * A kind that the server refuses (no such resource, no permission) is asked for again and again and hinders no other. The client stays the
 * caller's: close it after this.
 */
export class ApiSource {
  readonly #terms: Terms;
  readonly #members = new Map<Kind, Member>();
  #resume: ReadonlyMap<Kind, string> = new Map();
  #work: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(plan: ApiPlan, client: Requester, sink: ApiSink, options: ApiSourceOptions = {}) {
    this.#terms = { plan, client, sink, settings: { ...DEFAULTS, ...options } };
  }

  /**
   * Begins to tell the sink. Kinds in `resume` are known already as they were at that resource version: they are watched from there, and
   * listed only if the server has forgotten it; `synced` is told when it has not.
   */
  start(needs: ApiNeeds, resume: ReadonlyMap<Kind, string> = new Map()): void {
    this.#resume = resume;
    for (const resource of RESOURCES) if (resource.needed(needs)) this.#open(resource);
  }

  /** From now on these kinds are told. What is known of a kind that is not among them any more is dropped from the sink. */
  setNeeds(needs: ApiNeeds): void {
    this.#work = this.#work.then(() => this.#adapt(needs));
  }

  /** A row for every kind that is watched. */
  stats(): readonly KindStats[] {
    return [...this.#members.values()].map(({ reflector }) => reflector.stats);
  }

  /** Resolves when nothing will be told any more. */
  async close(): Promise<void> {
    this.#closed = true;
    const members = [...this.#members.values()];
    await Promise.all([this.#work, ...members.map(end)]);
  }

  async #adapt(needs: ApiNeeds): Promise<void> {
    for (const resource of RESOURCES) {
      if (this.#closed) return;
      const member = this.#members.get(resource.kind);
      if (resource.needed(needs) && member === undefined) this.#open(resource);
      else if (!resource.needed(needs) && member !== undefined) await this.#drop(resource.kind, member);
    }
  }

  #open(resource: Resource): void {
    const { kind } = resource;
    const reflector = new Reflector(resource, this.#terms, () => this.#recovered(kind));
    const auditor = new Auditor(reflector, this.#terms);
    this.#members.set(kind, { reflector, auditor });
    reflector.open(this.#resume.get(kind) ?? '');
    auditor.open();
  }

  async #drop(kind: Kind, member: Member): Promise<void> {
    this.#members.delete(kind);
    this.#resume = new Map([...this.#resume].filter(([known]) => known !== kind));
    await end(member);
    this.#terms.sink.mark(kind);
    this.#terms.sink.sweep(kind);
  }

  /** The server has answered one kind: the others need not wait. */
  #recovered(kind: Kind): void {
    for (const [other, { reflector }] of this.#members) if (other !== kind) reflector.hurry();
  }
}

async function end({ reflector, auditor }: Member): Promise<void> {
  await Promise.all([reflector.close(), auditor.close()]);
}

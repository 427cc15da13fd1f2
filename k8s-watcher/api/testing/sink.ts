// Who takes what a source tells, as tests look at it: objects in a Map, batches and lines in order. Tests only.

import { describeId, idOf, type Kind } from '../../objects/object.ts';
import type { ApiSink } from '../../source.ts';
import type { StoreEvent } from '../../store/store.ts';

export class MemorySink implements ApiSink {
  /** Names of all objects with the number of their first port, '' for none. */
  readonly objects = new Map<string, string>();
  readonly problems: string[] = [];
  readonly warnings: string[] = [];
  /** Sizes of batches. */
  readonly batches: number[] = [];
  /** `mark Service`, `sweep Service 2`, `synced Service 1003`. */
  readonly calls: string[] = [];
  readonly versions = new Map<Kind, string>();
  readonly #seen = new Set<string>();

  apply(events: readonly StoreEvent[]): void {
    this.batches.push(events.length);
    for (const event of events) {
      const id = event.action === 'put' ? idOf(event.object) : event.id;
      const key = describeId(id);
      this.#seen.add(key);
      if (event.action === 'delete') this.objects.delete(key);
      else this.objects.set(key, 'ports' in event.object ? String(event.object.ports[0]?.port ?? '') : '');
    }
  }

  problem(line: string): void {
    this.problems.push(line);
  }

  warning(line: string): void {
    this.warnings.push(line);
  }

  mark(kind: Kind): void {
    this.calls.push(`mark ${kind}`);
    for (const key of this.#seen) if (key.startsWith(`${kind} `)) this.#seen.delete(key);
  }

  sweep(kind: Kind): number {
    const gone = this.#keys(kind).filter((key) => !this.#seen.has(key));
    for (const key of gone) this.objects.delete(key);
    this.calls.push(`sweep ${kind} ${gone.length}`);
    return gone.length;
  }

  synced(kind: Kind, resourceVersion: string): void {
    this.calls.push(`synced ${kind} ${resourceVersion}`);
    this.versions.set(kind, resourceVersion);
  }

  reached(kind: Kind, resourceVersion: string): void {
    this.versions.set(kind, resourceVersion);
  }

  count(kind: Kind): number {
    return this.#keys(kind).length;
  }

  /** Names of the objects of that kind, sorted: `default/web`, `default/web v=2`. */
  names(kind: Kind): string[] {
    return this.#keys(kind)
      .map((key) => key.slice(kind.length + 1) + (this.objects.get(key) === '' ? '' : ` v=${this.objects.get(key)}`))
      .sort();
  }

  #keys(kind: Kind): string[] {
    return [...this.objects.keys()].filter((key) => key.startsWith(`${kind} `));
  }
}

// The parts of a question's name below cluster zones (spec C4), whether there is such a name or not. Called by metadata. Hot when asked.

import { isLabelAt } from '#workers/lib/zone-image/names.ts';
import type { ZoneSet } from '#workers/lib/zones.ts';
import type { Query } from '#workers/query/query.ts';
import { PIN, POD, PREFER, SVC, ZONE } from './labels.ts';

const UNDERSCORE = 0x5f;
/** Index of a label that the name does not have. */
export const NONE = -1;

/** Which zones are what. */
export interface NameRules {
  readonly zones: ZoneSet;
  /** For each zone: names of other clusters, where two labels in front of a service are an endpoint and its cluster. */
  readonly multicluster: readonly boolean[];
  readonly zonal: boolean;
}

/** Where the parts of a question's name stand: indexes of labels from the left. One a handler; `read` fills it. */
export class NameParts {
  readonly #rules: NameRules;
  port = NONE;
  protocol = NONE;
  endpoint = NONE;
  service = NONE;
  namespace = NONE;
  kind = NONE;
  /** Labels 0 … zoneLabels-1 are the topology zone. */
  zoneLabels = 0;
  /** The name is below a zone, but none of those that there can be. */
  invalid = false;

  constructor(rules: NameRules) {
    this.#rules = rules;
  }

  /** False when the name is not in any of the zones. */
  read(query: Query): boolean {
    const zone = this.#rules.zones.match(query);
    if (zone < 0) return false;
    this.port = this.protocol = this.endpoint = this.service = this.namespace = this.kind = NONE;
    this.zoneLabels = 0;
    const depth = query.labels - this.#rules.zones.labels(zone);
    const isService = depth > 0 && isLabelAt(query, depth - 1, SVC);
    this.invalid = depth > 0 && !isService && !isLabelAt(query, depth - 1, POD);
    // `svc.ZONE` by itself is like the zone: it has no kind.
    if (this.invalid || depth < 2) return true;
    this.kind = depth - 1;
    this.namespace = depth - 2;
    if (depth > 2) this.service = depth - 3;
    this.#readFront(query, zone, depth - 3, isService);
    return true;
  }

  /** The `front` labels before the service. */
  #readFront(query: Query, zone: number, front: number, isService: boolean): void {
    if (front <= 0) return;
    if (front === 1) this.endpoint = 0;
    else if (front === 2) this.#readPair(query, zone);
    else this.#readZonal(query, zone, front, isService);
  }

  #readPair(query: Query, zone: number): void {
    if (this.#rules.multicluster[zone] && !isMarked(query, 0) && !isMarked(query, 1)) this.endpoint = 0;
    else {
      this.port = 0;
      this.protocol = 1;
    }
  }

  #readZonal(query: Query, zone: number, front: number, isService: boolean): void {
    const named = isLabelAt(query, front - 1, ZONE);
    const directed = isLabelAt(query, front - 2, PIN) || isLabelAt(query, front - 2, PREFER);
    if (this.#rules.zonal && !this.#rules.multicluster[zone] && isService && named && directed)
      this.zoneLabels = front - 2;
    else this.invalid = true;
  }
}

/** True when label number `label` of QNAME begins with an underscore. */
export function isMarked(query: Query, label: number): boolean {
  return query.bytes[query.lowerAt + query.labelAt[label] + 1] === UNDERSCORE;
}

// Names that keep to endpoints of one topology zone: ZONE.pin._zone.SVC… and ZONE.prefer._zone.SVC… (spec C8). Cold.

import type { Service } from '../objects/object.ts';
import { type Backend, backendEntry } from './backends.ts';
import { relativeName } from './name.ts';
import type { NameSink } from './records.ts';

const DIRECTIVES = ['pin', 'prefer'] as const;
/** What a label of a topology zone may be to have a name: anything that Kubernetes allows within its dots, of 63 characters at most. */
const DNS_LABEL = /^[-_a-z0-9]{1,63}$/;
/** The directive and `_zone`. */
const FIXED_LABELS = 2;

/**
 * One entry a zone and directive. What the handler finds no entry for is decided by the entry of the service: `pin` has no data there,
 * `prefer` all endpoints.
 */
export function addZonalNames(names: NameSink, service: Service, backends: readonly Backend[], ttl: number): void {
  const { name, namespace } = service;
  for (const [zone, inZone] of byZone(backends)) {
    const labels = zone.split('.');
    // A label value of Kubernetes need not be a domain name.
    if (!labels.every((label) => DNS_LABEL.test(label))) continue;
    const entry = backendEntry(inZone, ttl, { skip: labels.length + FIXED_LABELS, own: true });
    for (const directive of DIRECTIVES)
      names.set(relativeName(...labels, directive, '_zone', name, namespace, 'svc'), entry);
  }
}

/** Endpoints without a zone match none. */
function byZone(backends: readonly Backend[]): Map<string, Backend[]> {
  const zones = new Map<string, Backend[]>();
  for (const backend of backends) {
    const zone = backend.endpoint.zone.toLowerCase();
    if (zone === '') continue;
    const same = zones.get(zone);
    if (same === undefined) zones.set(zone, [backend]);
    else same.push(backend);
  }
  return zones;
}

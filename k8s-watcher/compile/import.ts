// All names of one service of other clusters (spec C9). Called for every import that an event touches. Cold.

import { MAX_NAME } from '#zone/layout.ts';
import { isDomainName } from '../objects/names.ts';
import type { ImportSlice } from '../objects/object.ts';
import type { ImportView } from '../store/records.ts';
import { type Backend, backendEntry, backendsOf, byLabel } from './backends.ts';
import type { ImageOptions } from './options.ts';
import type { NameSink } from './records.ts';
import { selects } from './selector.ts';
import { addAddressed, addBacked, type ServiceId, serviceName } from './service.ts';

/**
 * What an import and its slices give in an image. The reference asks for imports by the selector of namespaces and for slices by the one of
 * services (spec C2). `noendpoints` concerns services only.
 */
export function importNames(view: ImportView, image: ImageOptions, names: NameSink): void {
  const { service } = view;
  if (service === undefined || !selects(image.namespaceLabels, service.labels)) return;
  const slices = view.slices.filter((slice) => selects(image.labels, slice.labels));
  const backends = slices.flatMap((slice) => importedBy(slice, image.endpointPodNames));
  if (service.mode === 'headless') addBacked(names, service, backends, image.ttl, 0);
  else {
    if (image.ignoreEmptyService && backends.length === 0) return;
    // Unlike a service, an import without ports has no name of its own.
    if (service.ports.length > 0) addAddressed(names, service, service.ports, image.ttl);
  }
  addEndpoints(names, service, backends, image.ttl);
}

/** Endpoints of the slice under their names below the import: `ENDPOINT.CLUSTER`. */
export function importedBy(slice: ImportSlice, podNames: boolean): Backend[] {
  const { cluster } = slice;
  return backendsOf([slice], podNames).map((backend) => ({ ...backend, label: labelsOf(backend.label, cluster) }));
}

/** '' when there is no such name: a label value of Kubernetes need not be one. */
function labelsOf(endpoint: string, cluster: string): string {
  if (endpoint === '' || cluster === '') return endpoint;
  return isDomainName(cluster) ? `${endpoint}.${cluster}` : '';
}

/** `ENDPOINT.CLUSTER.SVC.NS.svc`; a cluster of several labels makes a name that is too long to be asked for (spec C4). */
function addEndpoints(names: NameSink, service: ServiceId, backends: readonly Backend[], ttl: number): void {
  for (const same of byLabel(backends)) {
    const [{ label }] = same;
    const labels = label.split('.');
    if (labels.length > 2) continue;
    const name = serviceName(service, ...labels);
    // With four labels of 63 letters nobody can ask for it.
    if (name.length > MAX_NAME) continue;
    // Targets bear the cluster as it is written, which need not be as it is asked for.
    const own = label !== label.toLowerCase();
    names.set(name, backendEntry(same, ttl, { skip: own ? labels.length : 0, own }));
  }
}

// Objects with everything around them that real ones have and nobody here needs. Tests only.

import { type Plain, type PodWords, plainPod } from './objects.ts';

const UID = '9bc619e1-16c3-45af-a654-b1e89bddf44f';

/** What the server writes down about every object: who managed which field. */
export function managed(plain: Plain): Plain {
  const fieldsV1 = { Raw: JSON.stringify(fieldsOf(plain)) };
  const entry = { manager: 'kube-controller-manager', operation: 'Update', apiVersion: 'v1', fieldsV1 };
  const metadata = plain['metadata'] as Plain;
  return {
    ...plain,
    metadata: {
      ...metadata,
      uid: UID,
      resourceVersion: '4711',
      generation: 3,
      creationTimestamp: '2026-01-01T00:00:00Z',
      annotations: { 'example.org/last-applied': JSON.stringify(plain).slice(0, 400) },
      ownerReferences: [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: String(metadata['name']), uid: UID }],
      managedFields: [entry, entry],
    },
  };
}

/** `{"f:metadata":{"f:labels":{}}}`. */
function fieldsOf(plain: Plain): Plain {
  return Object.fromEntries(
    Object.entries(plain).map(([key, value]) => [
      `f:${key}`,
      typeof value === 'object' && value !== null && !Array.isArray(value) ? fieldsOf(value as Plain) : {},
    ]),
  );
}

/** A pod with containers, as large as they are. */
export function podWithSpec(name: string, ip: string, words: PodWords = {}): Plain {
  const pod = plainPod(name, ip, words);
  const containers = ['app', 'proxy', 'log'].map((container) => ({
    name: container,
    image: `registry.example.org/team/${container}:1.2.3`,
    command: ['/bin/run', '--config', '/etc/app/config.yaml', '--verbose'],
    env: Array.from({ length: 12 }, (_, i) => ({ name: `SETTING_${i}`, value: `value of ${i} for ${name}` })),
  }));
  return { ...pod, spec: { nodeName: 'node-1', containers } };
}

// A large cluster as objects, the same ones each time: what `load` writes and `memory` measures. No I/O here.

import {
  type KubeObject,
  namespaceObject,
  type Place,
  podObject,
  podStatus,
  serviceObject,
  sliceObject,
} from './api/objects.ts';

/** How much there is of everything. */
export interface Population {
  readonly namespaces: number;
  /** Services with an address, three endpoints each. */
  readonly services: number;
  /** Headless services, ten endpoints with host names each. */
  readonly headless: number;
  readonly pods: number;
}

/** An object, and what its status is to be. */
export interface Resident {
  readonly object: KubeObject;
  readonly status?: object;
}

const NODES = Array.from({ length: 500 }, (_, i) => `node-${i}`);
const ENDPOINTS = 3;
const HEADLESS_ENDPOINTS = 10;

/** What a package manager writes on everything; nobody answers with it, but everybody is told. */
const LABELS: Readonly<Record<string, string>> = {
  'app.kubernetes.io/name': 'app',
  'app.kubernetes.io/instance': 'release',
  'app.kubernetes.io/managed-by': 'Helm',
  'helm.sh/chart': 'chart-1.2.3',
};

/** Objects to create in turn and objects that follow; namespaces come first. */
export function sizeOf({ namespaces, services, headless, pods }: Population): number {
  return namespaces + 2 * (services + headless) + pods;
}

export function* namespacesOf({ namespaces }: Population): Generator<Resident> {
  for (let i = 0; i < namespaces; i++) yield { object: namespaceObject(namespaceOf(i, namespaces)) };
}

/** Everything that lives in namespaces: services with their slices, then pods. */
export function* residentsOf({ namespaces, services, headless, pods }: Population): Generator<Resident> {
  for (let i = 0; i < services + headless; i++) {
    const place: Place = { name: `svc-${padded(i, 5)}`, namespace: namespaceOf(i, namespaces), labels: LABELS };
    const isHeadless = i >= services;
    yield { object: serviceObject(place, isHeadless) };
    yield { object: sliceObject(place, addressesOf(i, services), isHeadless, nodesOf(i)) };
  }
  for (let i = 0; i < pods; i++) {
    const name = `pod-${padded(i, 6)}-7c9d8b6f5-x2x4z`;
    const object = podObject({ name, namespace: namespaceOf(i, namespaces), labels: LABELS }, NODES[i % NODES.length]);
    yield { object, status: podStatus(addressOf(i)) };
  }
}

/** Namespace of the `i`-th object. */
export function namespaceOf(i: number, namespaces: number): string {
  return `team-${padded(i % namespaces, 3)}`;
}

/** No address is an endpoint of two services. */
function addressesOf(i: number, services: number): string[] {
  const headless = i - services;
  const first = headless < 0 ? i * ENDPOINTS : services * ENDPOINTS + headless * HEADLESS_ENDPOINTS;
  return Array.from({ length: headless < 0 ? ENDPOINTS : HEADLESS_ENDPOINTS }, (_, k) => addressOf(first + k));
}

function nodesOf(i: number): string[] {
  return Array.from({ length: HEADLESS_ENDPOINTS }, (_, k) => NODES[(i * ENDPOINTS + k) % NODES.length]);
}

/** The `i`-th address of 10.128.0.0/9. */
function addressOf(i: number): string {
  return `10.${128 + (i >> 16)}.${(i >> 8) & 255}.${i & 255}`;
}

function padded(i: number, digits: number): string {
  return String(i).padStart(digits, '0');
}

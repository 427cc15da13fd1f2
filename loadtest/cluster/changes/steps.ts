// The changes whose way to an answer is measured: what is done, what is asked, what is right. No I/O here.

import { RCODE } from '#wire/constants.ts';
import type { ClusterApi } from '../api/client.ts';
import { type KubeObject, namespaceObject, portObject, serviceObject, sliceObject } from '../api/objects.ts';
import type { Question, Seen } from './probe.ts';

/** Where commands make their changes, so that nobody else's objects are touched. It stays: who deletes it deletes what another one measures. */
export const NAMESPACE = 'shoal-loadtest';
export const NAMESPACE_OBJECT: KubeObject = namespaceObject(NAMESPACE);

export const KINDS = [
  'service created',
  'service changed',
  'service deleted',
  'slice created',
  'slice changed',
  'slice deleted',
] as const;
export type Kind = (typeof KINDS)[number];

export interface Step {
  readonly kind: Kind;
  /** Resolves with the time of the API server's reply. */
  readonly apply: (api: ClusterApi) => Promise<number>;
  readonly question: Question;
  readonly isRight: (seen: Seen) => boolean;
}

/** The headless service whose endpoints come and go. `run` tells commands that run at the same time apart. */
export function headlessOf(run: string): KubeObject {
  return serviceObject({ name: `slices-${run}`, namespace: NAMESPACE }, true);
}

/** All kinds of changes, once; afterwards everything is as before. `round` makes its names and addresses its own. */
export function stepsOf(run: string, round: number): Step[] {
  return [...serviceSteps(`service-${run}-${round}`), ...sliceSteps(run, round)];
}

function serviceSteps(name: string): Step[] {
  const object = serviceObject({ name, namespace: NAMESPACE }, false);
  const address: Question = { name: nameOf(name), type: 'A' };
  const port: Question = { name: `_http._tcp.${nameOf(name)}`, type: 'SRV' };
  const changed = { spec: { ports: [portObject('http', 8080), portObject('metrics', 9090)] } };
  return [
    {
      kind: 'service created',
      apply: (api) => api.post(object),
      question: address,
      isRight: ({ rcode, answers }) => rcode === RCODE.NOERROR && answers.length === 1,
    },
    {
      kind: 'service changed',
      apply: (api) => api.patch(object, changed),
      question: port,
      isRight: ({ answers: [first] }) => first?.type === 'SRV' && first.data.port === 8080,
    },
    {
      kind: 'service deleted',
      apply: (api) => api.delete(object),
      question: address,
      isRight: ({ rcode }) => rcode === RCODE.NXDOMAIN,
    },
  ];
}

function sliceSteps(run: string, round: number): Step[] {
  const { name } = headlessOf(run).metadata;
  const slice = (address: string): KubeObject => sliceObject({ name, namespace: NAMESPACE }, [address], false);
  const [before, after] = [addressOf(round, 1), addressOf(round, 2)];
  const question: Question = { name: nameOf(name), type: 'A' };
  const shows = (address: string) => (seen: Seen) => addressesIn(seen) === address;
  return [
    { kind: 'slice created', apply: (api) => api.post(slice(before)), question, isRight: shows(before) },
    { kind: 'slice changed', apply: (api) => api.put(slice(after)), question, isRight: shows(after) },
    { kind: 'slice deleted', apply: (api) => api.delete(slice(after)), question, isRight: shows('') },
  ];
}

/** Addresses in the answer, in order, with commas between them. */
export function addressesIn({ answers }: Seen): string {
  return answers
    .flatMap((record) => (record.type === 'A' ? [record.data] : []))
    .sort()
    .join();
}

/** The DNS name of a service of NAMESPACE. */
export function nameOf(service: string): string {
  return `${service}.${NAMESPACE}.svc.cluster.local`;
}

function addressOf(round: number, host: number): string {
  return `10.99.${round >> 6}.${((round & 63) << 2) + host}`;
}

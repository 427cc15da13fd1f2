// Which kinds the API server has as protobuf. Called by object.ts, event.ts and list.ts. To add one, add a row. Cold.

import { importSliceOf } from '../import.ts';
import type { ImportSlice, Kind, ObjectId } from '../object.ts';
import { SERVICE_LABEL } from '../slice.ts';
import type { Body } from './body.ts';
import type { Metadata } from './meta.ts';
import { NamespaceBody } from './namespace.ts';
import { PodBody } from './pod.ts';
import type { Reader } from './reader.ts';
import { ServiceBody } from './service.ts';
import { SliceBody } from './slice.ts';

export interface ProtobufKind {
  /** Of its objects here. */
  readonly kind: Kind;
  /** What the server calls them. */
  readonly plainKind: 'Namespace' | 'Service' | 'EndpointSlice' | 'Pod';
  readonly apiVersion: string;
  readonly open: () => Body;
  /** Keys of the labels that are read; null for all. */
  readonly labels: readonly string[] | null;
}

/** The slice as one of an import: its endpoints are read alike. */
class ImportSliceBody implements Body {
  readonly #slice = new SliceBody();

  take(tag: number, reader: Reader): void {
    this.#slice.take(tag, reader);
  }

  check(id: ObjectId, metadata: Metadata): ImportSlice | undefined {
    return importSliceOf(this.#slice.check(id, metadata));
  }
}

const DISCOVERY = 'discovery.k8s.io/v1';
/** `labels` are those that are read even if nobody looks at labels. */
const ROWS: readonly ProtobufKind[] = [
  { kind: 'Namespace', plainKind: 'Namespace', apiVersion: 'v1', open: () => new NamespaceBody(), labels: null },
  { kind: 'Service', plainKind: 'Service', apiVersion: 'v1', open: () => new ServiceBody(), labels: [] },
  {
    kind: 'EndpointSlice',
    plainKind: 'EndpointSlice',
    apiVersion: DISCOVERY,
    open: () => new SliceBody(),
    labels: [SERVICE_LABEL],
  },
  {
    kind: 'ImportSlice',
    plainKind: 'EndpointSlice',
    apiVersion: DISCOVERY,
    open: () => new ImportSliceBody(),
    labels: null,
  },
  { kind: 'Pod', plainKind: 'Pod', apiVersion: 'v1', open: () => new PodBody(), labels: null },
];

/** `labelled`: somebody looks at labels. Throws RangeError for kinds that the server has as JSON only (custom resources). */
export function protobufKind(kind: Kind, labelled: boolean): ProtobufKind {
  const row = ROWS.find((candidate) => candidate.kind === kind);
  if (row === undefined) throw new RangeError(`${kind} is not served as protobuf`);
  return labelled ? { ...row, labels: null } : row;
}

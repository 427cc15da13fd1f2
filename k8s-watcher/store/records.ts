// One entry of the store: who an object is, and the object packed. Cold.

import type { EndpointSlice, ImportSlice, Kind, Service, ServiceImport } from '../objects/object.ts';
import type { Pack } from './pack.ts';

/** `pack` changes with the object; the record stays, so that indexes can point at it. */
export interface ObjectRecord {
  readonly namespace: string;
  readonly name: string;
  pack: Pack;
  /** The last list of its kind that had it, see Store.mark. */
  list: number;
}

export interface SliceRecord extends ObjectRecord {
  service: string;
}

/** A service with everything that its names are made of. */
export interface ServiceView {
  readonly namespace: string;
  readonly name: string;
  /** Undefined when only slices of that name are there. */
  readonly service: Service | undefined;
  /** By name. */
  readonly slices: readonly EndpointSlice[];
}

/** The same as packs, of a service or an import: how it was at the beginning of a batch. */
export interface ServiceSnapshot {
  readonly namespace: string;
  readonly name: string;
  readonly service: Pack | undefined;
  readonly slices: readonly { readonly name: string; readonly pack: Pack }[];
}

/** An import with everything that its names are made of. */
export interface ImportView {
  readonly namespace: string;
  readonly name: string;
  /** Undefined when only slices of that name are there. */
  readonly service: ServiceImport | undefined;
  /** By name. */
  readonly slices: readonly ImportSlice[];
}

/** What happened to one object. */
export interface ObjectChange {
  readonly kind: Kind;
  readonly namespace: string;
  readonly name: string;
  readonly before: Pack | undefined;
  readonly after: Pack | undefined;
}

// Everything of one namespace. Part of the store. Cold.

import type { Kind } from '../objects/object.ts';
import type { ImportKind } from './imports.ts';
import { Multimap } from './multimap.ts';
import type { Pack } from './pack.ts';
import type { ObjectRecord, SliceRecord } from './records.ts';

export class Bucket {
  /** The Namespace object; undefined while only things in it are known. */
  pack: Pack | undefined = undefined;
  /** Of that object, see ObjectRecord. */
  list = 0;
  readonly services = new Map<string, ObjectRecord>();
  readonly slices = new Map<string, SliceRecord>();
  /** Slices by the name of their service. */
  readonly slicesOf = new Multimap<string, SliceRecord>();
  readonly pods = new Map<string, ObjectRecord>();
  /** Pods by the text of their address. */
  readonly podsAt = new Multimap<string, ObjectRecord>();

  /** Records of a kind that lives in namespaces. */
  of(kind: Exclude<Kind, 'Namespace' | ImportKind>): ReadonlyMap<string, ObjectRecord> {
    if (kind === 'Service') return this.services;
    return kind === 'Pod' ? this.pods : this.slices;
  }

  get empty(): boolean {
    return this.pack === undefined && this.services.size + this.slices.size + this.pods.size === 0;
  }
}

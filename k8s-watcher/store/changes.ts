// What a batch of events has touched, with the state before it: all that compiling needs to know. Filled by the store. Cold.

import type { Address } from '#wire/address.ts';
import type { Labels } from '../objects/object.ts';
import type { ObjectChange, ServiceSnapshot } from './records.ts';

export class Changes {
  /** Labels of the namespace before the batch; undefined when it did not exist. */
  readonly namespaces = new Map<string, Labels | undefined>();
  /** By `namespace/name`: the service and its slices before the batch. */
  readonly services = new Map<string, ServiceSnapshot>();
  /** The same of imports. */
  readonly imports = new Map<string, ServiceSnapshot>();
  /** Addresses whose owners may be others now. */
  readonly addresses = new Set<Address>();
  /** The same of addresses outside of the cluster. */
  readonly externals = new Set<Address>();
  /** By `namespace/address`: addresses at which pods appeared or went. */
  readonly pods = new Map<string, { readonly namespace: string; readonly address: string }>();
  /** Every change of an object, in order. */
  readonly objects: ObjectChange[] = [];

  get empty(): boolean {
    return this.objects.length === 0;
  }

  clear(): void {
    this.namespaces.clear();
    this.services.clear();
    this.imports.clear();
    this.addresses.clear();
    this.externals.clear();
    this.pods.clear();
    this.objects.length = 0;
  }
}

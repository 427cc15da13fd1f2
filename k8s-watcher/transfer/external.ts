// Records of a zone of k8s_external: exactly those that its image answers with, each once. Cold.

import type { EntryData, TargetsRrset } from '#zone/entry.ts';
import { Form } from '#zone/layout.ts';
import { externalNames, externalOptions } from '../compile/external.ts';
import { ownServers } from '../compile/externals.ts';
import { type RelativeName, relativeName } from '../compile/name.ts';
import { ownAddresses } from '../compile/nameservers.ts';
import { EXTERNAL_FLAG, type ImageOptions } from '../compile/options.ts';
import type { Changes } from '../store/changes.ts';
import type { ServiceView } from '../store/records.ts';
import type { Store } from '../store/store.ts';
import type { TouchedMember, TransferContent } from './content.ts';
import {
  addressRecord,
  nsRecord,
  soaRecord,
  srvRecord,
  wireAliasRecord,
  wireSrvRecord,
  type ZoneRecord,
} from './record.ts';

/**
 * The reference repeats records (an address for every port), cuts the first labels off targets of ports, and shows namespaces that the directive leaves
 * out. A secondary gets the zone here that clients of the primary see.
 */
export class ExternalContent implements TransferContent {
  readonly #store: Store;
  readonly #image: ImageOptions;
  readonly #zone: Uint8Array;

  /** `zone` in wire form. */
  constructor(store: Store, image: ImageOptions, zone: Uint8Array) {
    this.#store = store;
    this.#image = image;
    this.#zone = zone;
  }

  soa(serial: number): ZoneRecord | undefined {
    const { ttl } = externalOptions(this.#image);
    const words = { server: this.#below('ns1'), mailbox: this.#below('hostmaster'), ttl, minimum: ttl };
    return soaRecord(words, serial, this.#zone);
  }

  nameServers(): ZoneRecord[] {
    const { ttl } = externalOptions(this.#image);
    const name = this.#below('ns1');
    const servers = ownServers(this.#store, this.#image);
    const list = servers === undefined ? ownAddresses(this.#image) : [...servers.a, ...servers.aaaa];
    return [...nsRecord(ttl, name, this.#zone), ...list.map((address) => addressRecord(name, ttl, address))];
  }

  #below(label: string): RelativeName {
    return relativeName(label, ...externalOptions(this.#image).apex.split('.'));
  }

  members(namespace: string): string[] {
    return this.#store.services(namespace);
  }

  records(namespace: string, member: string): ZoneRecord[] {
    return this.#recordsOf(this.#store.view(namespace, member));
  }

  *touched(changes: Changes): Generator<TouchedMember> {
    for (const snapshot of changes.services.values()) {
      const { namespace, name: member } = snapshot;
      yield { namespace, member, before: () => this.#recordsOf(this.#store.viewOf(snapshot)) };
    }
  }

  /** Names below the apex name are the zone's own, whatever services there are. */
  #recordsOf(view: ServiceView): ZoneRecord[] {
    const apex = relativeName(...externalOptions(this.#image).apex.split('.'));
    const names = new Map<RelativeName, EntryData>();
    externalNames(view, this.#image, names);
    return [...names]
      .filter(([name]) => !name.endsWith(apex))
      .flatMap(([name, entry]) => recordsOf(name, entry, this.#zone));
  }
}

function recordsOf(owner: RelativeName, entry: EntryData, zone: Uint8Array): ZoneRecord[] {
  const hosts = entry.rrsets.flatMap((rrset) => (rrset.form === Form.PLAIN ? rrset.rdatas : []));
  return entry.rrsets.flatMap((rrset) => {
    if (rrset.form === Form.PLAIN) return hosts.map((host) => wireAliasRecord(owner, rrset.ttl, host));
    if (rrset.form === Form.PACKED) return rrset.addresses.map((address) => addressRecord(owner, rrset.ttl, address));
    if (rrset.form === Form.RELATIVE) return [];
    return targetsOf(owner, rrset, (entry.flags & EXTERNAL_FLAG) === 0 ? [] : hosts, zone);
  });
}

/** A group without addresses is no target itself, but says the ports of the host names. */
function targetsOf(
  owner: RelativeName,
  { ttl, weight, skip, groups }: TargetsRrset,
  hosts: readonly Uint8Array[],
  zone: Uint8Array,
): ZoneRecord[] {
  const tail = withoutLabels(owner, skip);
  return groups.flatMap(({ label, ports, a, aaaa }) =>
    ports.flatMap((port) => [
      ...(a.length + aaaa.length > 0 ? srvRecord(owner, ttl, weight, port, label + tail, zone) : []),
      ...hosts.map((host) => wireSrvRecord(owner, ttl, weight, port, host)),
    ]),
  );
}

function withoutLabels(name: RelativeName, labels: number): RelativeName {
  let rest = name;
  for (let i = 0; i < labels; i++) rest = rest.slice(1 + rest.charCodeAt(0));
  return rest;
}

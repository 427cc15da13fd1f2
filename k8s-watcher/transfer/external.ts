// Records of a zone of k8s_external: exactly those that its image answers with, each once. Cold.

import { TYPE } from '#wire/constants.ts';
import type { EntryData, RrsetData } from '#zone/entry.ts';
import { externalNames, externalOptions } from '../compile/external.ts';
import { ownServers } from '../compile/externals.ts';
import { type RelativeName, relativeName } from '../compile/name.ts';
import { EXTERNAL_FLAG, type ImageOptions } from '../compile/options.ts';
import { octetsOf } from '../objects/address.ts';
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
    const own = this.#image.localAddresses.map((text) => octetsOf(text.replace(/%.*/, '')));
    const servers = ownServers(this.#store, this.#image);
    const list =
      servers === undefined ? own.filter((address) => address !== undefined) : [...servers.a, ...servers.aaaa];
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
    return [...externalNames(view, this.#image)]
      .filter(([name]) => !name.endsWith(apex))
      .flatMap(([name, entry]) => recordsOf(name, entry, this.#zone));
  }
}

function recordsOf(owner: RelativeName, entry: EntryData, zone: Uint8Array): ZoneRecord[] {
  const hosts = entry.rrsets.filter(({ type }) => type === TYPE.CNAME).flatMap(({ data }) => pieces(data));
  return entry.rrsets.flatMap((rrset) => {
    const { type, ttl, data } = rrset;
    if (type === TYPE.CNAME) return hosts.map((host) => wireAliasRecord(owner, ttl, host));
    if (type === TYPE.SRV) return targetsOf(owner, rrset, (entry.flags & EXTERNAL_FLAG) === 0 ? [] : hosts, zone);
    const width = type === TYPE.A ? 4 : 16;
    const list = Array.from({ length: rrset.count }, (_, i) => data.slice(i * width, (i + 1) * width));
    return list.map((address) => addressRecord(owner, ttl, address));
  });
}

/** See `Form.TARGETS` of #zone/layout.ts; a group without addresses is no target itself, but says the ports of the host names. */
function targetsOf(
  owner: RelativeName,
  rrset: RrsetData,
  hosts: readonly Uint8Array[],
  zone: Uint8Array,
): ZoneRecord[] {
  const { data, ttl, weight } = rrset;
  const tail = withoutLabels(owner, rrset.skip);
  const records: ZoneRecord[] = [];
  for (let at = 0; at < data.length; ) {
    const label = String.fromCharCode(...data.subarray(at + 1, at + 1 + data[at]));
    const counts = at + 1 + data[at];
    const [a, aaaa, ports] = [0, 2, 4].map((i) => (data[counts + i] << 8) | data[counts + i + 1]);
    const numbers = Array.from({ length: ports }, (_, i) => (data[counts + 6 + 2 * i] << 8) | data[counts + 7 + 2 * i]);
    for (const port of numbers) {
      if (a + aaaa > 0) records.push(...srvRecord(owner, ttl, weight, port, label + tail, zone));
      for (const host of hosts) records.push(wireSrvRecord(owner, ttl, weight, port, host));
    }
    at = counts + 6 + 2 * ports + 4 * a + 16 * aaaa;
  }
  return records;
}

function withoutLabels(name: RelativeName, labels: number): RelativeName {
  let rest = name;
  for (let i = 0; i < labels; i++) rest = rest.slice(1 + rest.charCodeAt(0));
  return rest;
}

/** RDATA of a plain RRset. */
function pieces(data: Uint8Array): Uint8Array[] {
  const list: Uint8Array[] = [];
  for (let at = 0; at < data.length; ) {
    const end = at + 2 + ((data[at] << 8) | data[at + 1]);
    list.push(data.slice(at + 2, end));
    at = end;
  }
  return list;
}

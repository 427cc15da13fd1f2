// What a zone transfer tells of an image: name servers, then the records of every member. One implementation a kind of naming. Cold.

import type { ImageOptions, NamingKind } from '../compile/options.ts';
import type { Changes } from '../store/changes.ts';
import type { Store } from '../store/store.ts';
import { ClusterContent } from './cluster.ts';
import { ExternalContent } from './external.ts';
import { ImportContent } from './imports.ts';
import type { ZoneRecord } from './record.ts';

/** A member that a batch of changes has touched. */
export interface TouchedMember {
  readonly namespace: string;
  readonly member: string;
  /** Its records before the batch; to be called before the store settles. */
  readonly before: () => readonly ZoneRecord[];
}

/** The records of one image below one zone. Reads the store as it is when a method is called. */
export interface TransferContent {
  /** Undefined when the zone's name is too long for one. */
  soa(serial: number): ZoneRecord | undefined;
  /** NS records and the addresses of their targets. */
  nameServers(): readonly ZoneRecord[];
  /** Who has records in an exposed namespace: names of services, as a rule. */
  members(namespace: string): readonly string[];
  /** Records of one member; none when it is gone. */
  records(namespace: string, member: string): readonly ZoneRecord[];
  touched(changes: Changes): Iterable<TouchedMember>;
}

type ContentClass = new (store: Store, image: ImageOptions, zone: Uint8Array) => TransferContent;

const CONTENTS: Readonly<Record<NamingKind, ContentClass>> = {
  cluster: ClusterContent,
  external: ExternalContent,
  imports: ImportContent,
};

/** What an image is told as. `zone` in wire form, lower case. */
export function contentOf(store: Store, image: ImageOptions, zone: Uint8Array): TransferContent {
  return new CONTENTS[image.naming](store, image, zone);
}

// A zone segment, a store and compilers in one place; images as readable text. Tests only.

import { Readers, readersBytes } from '#memory/quiescence.ts';
import { Segment } from '#memory/segment.ts';
import { formatAddress } from '#native/address.ts';
import { TYPE } from '#wire/constants.ts';
import { decodeName } from '#wire/name.ts';
import type { EntryData, RrsetData } from '#zone/entry.ts';
import { Form } from '#zone/layout.ts';
import { type ZoneImage, ZoneImages } from '#zone/reader.ts';
import { type ImageWriter, ZoneWriter } from '#zone/writer.ts';
import { ImageCompiler } from '../compile/image.ts';
import { nameOctets, relativeName } from '../compile/name.ts';
import type { ImageOptions } from '../compile/options.ts';
import { octetsOf } from '../objects/address.ts';
import { decodeObject } from '../objects/decode.ts';
import { withImportSlice } from '../objects/import.ts';
import { type ClusterObject, idOf } from '../objects/object.ts';
import { Store } from '../store/store.ts';
import { decoded, type Plain } from './objects.ts';

const SEED = 0x5eed1234;

/** Options of a bare `kubernetes` directive. */
export const PLAIN_OPTIONS: ImageOptions = {
  key: 'test',
  naming: 'cluster',
  ttl: 5,
  pods: 'disabled',
  clients: 'none',
  namespaces: [],
  namespaceLabels: [],
  labels: [],
  endpoints: true,
  endpointPodNames: false,
  ignoreEmptyService: false,
  zonal: false,
  localAddresses: [],
};

const TYPES: Readonly<Record<number, string>> = {
  [TYPE.A]: 'A',
  [TYPE.AAAA]: 'AAAA',
  [TYPE.SRV]: 'SRV',
  [TYPE.CNAME]: 'CNAME',
  [TYPE.PTR]: 'PTR',
  [TYPE.NS]: 'NS',
};

/** The watcher without its thread: events in, one image out. */
export class TestImage {
  readonly segment = Segment.create('zones', 16 << 20);
  readonly readers = new Readers(Segment.create('readers', readersBytes(4)));
  readonly zoneWriter: ZoneWriter;
  readonly writer: ImageWriter;
  readonly image: ZoneImage;
  readonly images: ZoneImages;
  readonly store = new Store();
  readonly compiler: ImageCompiler;
  readonly #others: ImageCompiler[] = [];
  now = 1000;

  constructor(options: Partial<ImageOptions> = {}, objects: readonly Plain[] = [], seed: number = SEED) {
    const whole = { ...PLAIN_OPTIONS, ...options };
    this.zoneWriter = ZoneWriter.open(this.segment, this.readers, seed);
    this.writer = this.zoneWriter.image(whole.key);
    this.images = new ZoneImages(this.segment);
    this.image = this.images.image(whole.key);
    this.compiler = new ImageCompiler(whole, this.writer, this.store, 0);
    for (const object of objects.map(decodeObject)) if (object !== undefined) this.#apply(object);
    this.compiler.publishAll(this.now);
    this.compiler.setSynced();
    this.store.tracking = true;
  }

  /** A second image over the same objects. */
  also(options: ImageOptions): void {
    const compiler = new ImageCompiler(options, this.zoneWriter.image(options.key), this.store, 0);
    compiler.publishAll(this.now);
    compiler.setSynced();
    this.#others.push(compiler);
  }

  /** One batch of objects as they are now. */
  put(...objects: readonly Plain[]): void {
    for (const plain of objects) this.#apply(decoded(plain));
    this.#publish();
  }

  /** One batch of objects that are gone. */
  remove(...objects: readonly Plain[]): void {
    for (const plain of objects)
      for (const object of withImportSlice(decoded(plain))) this.store.apply({ action: 'delete', id: idOf(object) });
    this.#publish();
  }

  #apply(whole: ClusterObject): void {
    const objects = withImportSlice(whole);
    for (const object of objects) this.store.apply({ action: 'put', object });
    // A slice that is not one of an import any more: the API server says that it is gone.
    if (whole.kind === 'EndpointSlice' && objects.length === 1)
      this.store.apply({ action: 'delete', id: { ...idOf(whole), kind: 'ImportSlice' } });
  }

  #publish(): void {
    this.now++;
    for (const compiler of [this.compiler, ...this.#others]) compiler.publish(this.store.changes, this.now);
    this.store.settle();
  }

  /** The entry of a relative name ('' the apex) or address as lines, or undefined. */
  lines(name: string): string[] | undefined {
    const entry = this.entry(name);
    return entry === undefined ? undefined : entryLines(entry);
  }

  /** The same as it is. */
  entry(name: string): EntryData | undefined {
    const octets = octetsOf(name);
    const key =
      octets === undefined ? nameOctets(relativeName(...name.split('.').filter((label) => label !== ''))) : undefined;
    return this.writer.get(key ?? Uint8Array.of(0xff, ...(octets as Uint8Array)));
  }
}

/** `A 10.0.0.1 10.0.0.2`, `SRV weight 33 skip 2: 80,443 -> [web] 10.0.0.1`, … and `flags N` when there are some. */
export function entryLines(entry: EntryData): string[] {
  const flags = entry.flags === 0 ? [] : [`flags ${entry.flags}`];
  return [...flags, ...entry.rrsets.map((rrset) => `${TYPES[rrset.type] ?? rrset.type} ${rrsetText(rrset)}`)];
}

function rrsetText(rrset: RrsetData): string {
  switch (rrset.form) {
    case Form.PACKED:
      return addressTexts(rrset.data, rrset.type === TYPE.A ? 4 : 16).join(' ');
    case Form.PLAIN:
      return pieces(rrset.data, 2)
        .map((rdata) => decodeName(rdata))
        .join(' ');
    case Form.RELATIVE:
      return pieces(rrset.data, 1).map(relativeText).join(' ');
    case Form.TARGETS:
      return targetsText(rrset);
  }
}

function targetsText(rrset: RrsetData): string {
  const groups: string[] = [];
  const { data } = rrset;
  for (let at = 0; at < data.length; ) {
    const own = relativeText(data.subarray(at + 1, at + 1 + data[at]));
    at += 1 + data[at];
    const [a, aaaa, ports] = [0, 2, 4].map((i) => (data[at + i] << 8) | data[at + i + 1]);
    at += 6;
    const numbers = Array.from({ length: ports }, (_, i) => (data[at + 2 * i] << 8) | data[at + 2 * i + 1]);
    at += 2 * ports;
    const glue = [
      ...addressTexts(data.subarray(at, at + 4 * a), 4),
      ...addressTexts(data.subarray(at + 4 * a, at + 4 * a + 16 * aaaa), 16),
    ];
    at += 4 * a + 16 * aaaa;
    groups.push(`${numbers.join(',')} [${own}] ${glue.join(' ')}`.trim());
  }
  return `weight ${rrset.weight} skip ${rrset.skip}: ${groups.join(' | ')}`;
}

function addressTexts(data: Uint8Array, width: 4 | 16): string[] {
  return Array.from({ length: data.length / width }, (_, i) => formatAddress(data, i * width, width === 4 ? 4 : 6, 0));
}

function relativeText(name: Uint8Array): string {
  return name.length === 0 ? '' : decodeName(Uint8Array.of(...name, 0)).slice(0, -1);
}

/** Pieces with a length of `width` octets in front. */
function pieces(data: Uint8Array, width: 1 | 2): Uint8Array[] {
  const list: Uint8Array[] = [];
  for (let at = 0; at < data.length; ) {
    const length = width === 1 ? data[at] : (data[at] << 8) | data[at + 1];
    list.push(data.subarray(at + width, at + width + length));
    at += width + length;
  }
  return list;
}

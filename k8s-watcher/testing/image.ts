// A zone segment, a store and compilers in one place; images as readable text. Tests only.

import { Readers, readersBytes } from '#memory/quiescence.ts';
import { Segment } from '#memory/segment.ts';
import { TYPE } from '#wire/constants.ts';
import { decodeName } from '#wire/name.ts';
import { addressKey, type EntryData, type RrsetData, type TargetsRrset } from '#zone/entry.ts';
import { Form } from '#zone/layout.ts';
import { type ZoneImage, ZoneImages } from '#zone/reader.ts';
import { type ImageWriter, ZoneWriter } from '#zone/writer.ts';
import { ImageCompiler } from '../compile/image.ts';
import { type RelativeName, relativeName } from '../compile/name.ts';
import type { ImageOptions } from '../compile/options.ts';
import { parseAddress, textOf } from '../objects/address.ts';
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
    const address = parseAddress(name);
    const labels = name.split('.').filter((label) => label !== '');
    return this.writer.get(address === undefined ? relativeName(...labels) : addressKey(address));
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
      return rrset.addresses.map(textOf).join(' ');
    case Form.PLAIN:
      return rrset.rdatas.map((rdata) => decodeName(rdata)).join(' ');
    case Form.RELATIVE:
      return rrset.names.map(relativeText).join(' ');
    case Form.TARGETS:
      return targetsText(rrset);
  }
}

function targetsText({ weight, skip, groups }: TargetsRrset): string {
  const texts = groups.map(({ label, ports, a, aaaa }) =>
    `${ports.join(',')} [${relativeText(label)}] ${[...a, ...aaaa].map(textOf).join(' ')}`.trim(),
  );
  return `weight ${weight} skip ${skip}: ${texts.join(' | ')}`;
}

function relativeText(name: RelativeName): string {
  return name === '' ? '' : decodeName(Buffer.from(`${name}\0`, 'latin1')).slice(0, -1);
}

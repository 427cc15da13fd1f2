// Objects ↔ packs. The only place that knows the order of their values. Cold.

import type { Address } from '#wire/address.ts';
import type {
  Endpoint,
  EndpointSlice,
  ImportSlice,
  Kind,
  Labels,
  Namespace,
  Pod,
  Port,
  Service,
  ServiceImport,
  ServiceMode,
} from '../objects/object.ts';
import type { Dictionary } from './dictionary.ts';
import { type Pack, PackReader, PackWriter } from './pack.ts';
import { PortLists } from './port-lists.ts';

const MODES: readonly ServiceMode[] = ['cluster', 'headless', 'external'];

const NO_LABELS: Labels = {};

/** Who an object is; its pack does not repeat it. */
export interface Identity {
  readonly namespace: string;
  readonly name: string;
}

export class Codec {
  readonly dictionary: Dictionary;
  readonly #writer: PackWriter;
  readonly #unlabelled = new Set<Kind>();
  readonly #portLists = new PortLists();
  /** The slice decoded last: whoever asks for the owners of all its addresses decodes it once. */
  #slice: EndpointSlice | null = null;
  #slicePack: Pack = '';

  constructor(dictionary: Dictionary) {
    this.dictionary = dictionary;
    this.#writer = new PackWriter(dictionary);
  }

  encodeNamespace(namespace: Namespace): Pack {
    this.#labels(namespace.kind, namespace.labels);
    return this.#writer.finish();
  }

  decodeNamespace(pack: Pack, name: string): Namespace {
    return { kind: 'Namespace', name, labels: readLabels(new PackReader(pack, this.dictionary)) };
  }

  encodeService(service: Service): Pack {
    const writer = this.#writer;
    this.#labels(service.kind, service.labels);
    writer.number(MODES.indexOf(service.mode));
    writer.text(service.externalName);
    this.#each(service.addresses, (address) => writer.address(address));
    this.#ports(service.ports);
    this.#each(service.externalAddresses, (address) => writer.address(address));
    this.#each(service.externalHosts, (host) => writer.text(host));
    return writer.finish();
  }

  decodeService(pack: Pack, id: Identity): Service {
    const reader = new PackReader(pack, this.dictionary);
    return {
      kind: 'Service',
      namespace: id.namespace,
      name: id.name,
      labels: readLabels(reader),
      mode: MODES[reader.number()],
      externalName: reader.text(),
      addresses: reader.list(readAddress),
      ports: this.#portLists.read(reader.shared()),
      externalAddresses: reader.list(readAddress),
      externalHosts: reader.list(readText),
    };
  }

  encodeSlice(slice: EndpointSlice): Pack {
    const writer = this.#writer;
    this.#labels(slice.kind, slice.labels);
    writer.shared(slice.service);
    this.#ports(slice.ports);
    this.#each(slice.endpoints, (endpoint) => this.#endpoint(endpoint));
    return writer.finish();
  }

  decodeSlice(pack: Pack, id: Identity): EndpointSlice {
    const last = this.#slice;
    if (last !== null && pack === this.#slicePack && last.name === id.name && last.namespace === id.namespace)
      return last;
    const reader = new PackReader(pack, this.dictionary);
    this.#slicePack = pack;
    this.#slice = {
      kind: 'EndpointSlice',
      namespace: id.namespace,
      name: id.name,
      labels: readLabels(reader),
      service: reader.shared(),
      ports: this.#portLists.read(reader.shared()),
      endpoints: reader.list(readEndpoint),
    };
    return this.#slice;
  }

  encodePod(pod: Pod): Pack {
    this.#labels(pod.kind, pod.labels);
    this.#writer.text(pod.address);
    return this.#writer.finish();
  }

  decodePod(pack: Pack, id: Identity): Pod {
    const reader = new PackReader(pack, this.dictionary);
    const labels = readLabels(reader);
    return {
      kind: 'Pod',
      namespace: id.namespace,
      name: id.name,
      labels,
      address: reader.text(),
      terminating: false,
    };
  }

  encodeImport(service: ServiceImport): Pack {
    const writer = this.#writer;
    this.#labels(service.kind, service.labels);
    writer.number(MODES.indexOf(service.mode));
    this.#each(service.addresses, (address) => writer.address(address));
    this.#ports(service.ports);
    return writer.finish();
  }

  decodeImport(pack: Pack, id: Identity): ServiceImport {
    const reader = new PackReader(pack, this.dictionary);
    return {
      kind: 'ServiceImport',
      namespace: id.namespace,
      name: id.name,
      labels: readLabels(reader),
      mode: MODES[reader.number()] === 'headless' ? 'headless' : 'cluster',
      addresses: reader.list(readAddress),
      ports: this.#portLists.read(reader.shared()),
    };
  }

  encodeImportSlice(slice: ImportSlice): Pack {
    const writer = this.#writer;
    this.#labels(slice.kind, slice.labels);
    writer.shared(slice.service);
    writer.shared(slice.cluster);
    this.#ports(slice.ports);
    this.#each(slice.endpoints, (endpoint) => this.#endpoint(endpoint));
    return writer.finish();
  }

  decodeImportSlice(pack: Pack, id: Identity): ImportSlice {
    const reader = new PackReader(pack, this.dictionary);
    return {
      kind: 'ImportSlice',
      namespace: id.namespace,
      name: id.name,
      labels: readLabels(reader),
      service: reader.shared(),
      cluster: reader.shared(),
      ports: this.#portLists.read(reader.shared()),
      endpoints: reader.list(readEndpoint),
    };
  }

  /** The pack is in use nowhere: gives its references back. The same octets may mean something else from now on. */
  release(pack: Pack): void {
    this.#slice = null;
    new PackReader(pack, this.dictionary).release();
  }

  /** Labels of that kind are not kept from now on: nobody selects by them. */
  dropLabels(kind: Kind): void {
    this.#unlabelled.add(kind);
  }

  #labels(kind: Kind, labels: Labels): void {
    if (this.#unlabelled.has(kind)) {
      this.#writer.number(0);
      return;
    }
    // Sorted, so that the same labels in another order are the same pack.
    this.#each(Object.keys(labels).sort(), (key) => {
      this.#writer.shared(key);
      this.#writer.shared(labels[key]);
    });
  }

  #ports(ports: readonly Port[]): void {
    this.#writer.shared(this.#portLists.text(ports));
  }

  #endpoint(endpoint: Endpoint): void {
    const writer = this.#writer;
    writer.address(endpoint.address);
    writer.text(endpoint.spelling);
    writer.text(endpoint.hostname);
    writer.text(endpoint.podName);
    writer.shared(endpoint.zone);
  }

  #each<T>(items: readonly T[], write: (item: T) => void): void {
    this.#writer.number(items.length);
    for (const item of items) write(item);
  }
}

function readLabels(reader: PackReader): Labels {
  const pairs = reader.list(readLabel);
  return pairs.length === 0 ? NO_LABELS : Object.fromEntries(pairs);
}

function readLabel(reader: PackReader): [key: string, value: string] {
  return [reader.shared(), reader.shared()];
}

function readAddress(reader: PackReader): Address {
  return reader.address();
}

function readText(reader: PackReader): string {
  return reader.text();
}

function readEndpoint(reader: PackReader): Endpoint {
  return {
    address: reader.address(),
    spelling: reader.text(),
    hostname: reader.text(),
    podName: reader.text(),
    zone: reader.shared(),
  };
}

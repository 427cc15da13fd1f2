// Which changes the SOA serial tells of (spec C6). Cold.

import { textOf } from '../objects/address.ts';
import type { EndpointSlice, Labels, Pod, Service } from '../objects/object.ts';
import type { Codec } from '../store/codec.ts';
import type { ObjectChange } from '../store/records.ts';
import type { ImageOptions } from './options.ts';
import { selects } from './selector.ts';

/** True when the change moves the serial of the image: something it sees came, went, or has other ports, endpoints or addresses. */
export function movesSerial(change: ObjectChange, image: ImageOptions, codec: Codec): boolean {
  switch (change.kind) {
    case 'Namespace':
    case 'ServiceImport':
    case 'ImportSlice':
      return false;
    case 'Service':
      return compare(change, image, (pack, id) => codec.decodeService(pack, id), serviceText);
    case 'EndpointSlice':
      if (!image.endpoints) return false;
      return compare(
        change,
        image,
        (pack, id) => codec.decodeSlice(pack, id),
        (slice) => sliceText(slice, image.zonal),
      );
    case 'Pod':
      if (image.pods !== 'verified') return false;
      return compare(
        change,
        image,
        (pack, id) => codec.decodePod(pack, id),
        (pod: Pod) => pod.address,
      );
  }
}

/** What is relevant of both states; an object that the image does not select counts as absent. */
function compare<T extends { readonly labels: Labels }>(
  change: ObjectChange,
  image: ImageOptions,
  decode: (pack: string, id: ObjectChange) => T,
  relevant: (object: T) => string,
): boolean {
  const [before, after] = [change.before, change.after].map((pack) => {
    const object = pack === undefined ? undefined : decode(pack, change);
    return object !== undefined && selects(image.labels, object.labels) ? relevant(object) : undefined;
  });
  return before !== after;
}

/** Cluster addresses are not relevant. */
function serviceText({ externalName, ports }: Service): string {
  return JSON.stringify([externalName, ports]);
}

function sliceText({ endpoints, ports }: EndpointSlice, zonal: boolean): string {
  const list = endpoints.map(({ address, spelling, hostname, zone }) => [
    address === '' ? spelling : textOf(address),
    hostname,
    zonal ? zone : '',
  ]);
  return JSON.stringify([list, ports]);
}

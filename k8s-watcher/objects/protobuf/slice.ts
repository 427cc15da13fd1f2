// discovery.v1.EndpointSlice. Called by object.ts. Cold.

import type { EndpointDraft, PortDraft, SliceDraft } from '../draft.ts';
import type { EndpointSlice, ObjectId } from '../object.ts';
import { checkSlice } from '../slice.ts';
import type { Body } from './body.ts';
import type { Metadata } from './meta.ts';
import { readPort } from './port.ts';
import { lengthTag, type Reader, varintTag } from './reader.ts';

const ENDPOINT_SLICE = { endpoints: lengthTag(2), ports: lengthTag(3) } as const;
const ENDPOINT = {
  addresses: lengthTag(1),
  conditions: lengthTag(2),
  hostname: lengthTag(3),
  targetRef: lengthTag(4),
  zone: lengthTag(7),
} as const;
const ENDPOINT_CONDITIONS = { ready: varintTag(1) } as const;
type Text = string | number;
const NONE: readonly Text[] = [];
const OBJECT_REFERENCE = { name: lengthTag(3) } as const;

export class SliceBody implements Body, SliceDraft {
  readonly endpoints: EndpointDraft[] = [];
  readonly ports: PortDraft[] = [];

  take(tag: number, reader: Reader): void {
    if (tag === ENDPOINT_SLICE.endpoints) this.endpoints.push(readEndpoint(reader));
    else if (tag === ENDPOINT_SLICE.ports) this.ports.push(readPort(reader));
    else reader.skip(tag);
  }

  check(id: ObjectId, metadata: Metadata): EndpointSlice {
    return checkSlice(id, metadata.labels, this, metadata.changeTime);
  }
}

function readEndpoint(reader: Reader): EndpointDraft {
  let addresses = NONE;
  let ready = true;
  let hostname = '';
  let podName = '';
  let zone = '';
  const outer = reader.enter();
  for (let tag = reader.tag(); tag !== 0; tag = reader.tag())
    if (tag === ENDPOINT.addresses) addresses = append(addresses, reader.address());
    else if (tag === ENDPOINT.conditions) ready = readReady(reader);
    else if (tag === ENDPOINT.targetRef) podName = readReference(reader);
    else if (tag === ENDPOINT.zone) zone = reader.word();
    else if (tag === ENDPOINT.hostname) hostname = reader.text();
    else reader.skip(tag);
  reader.leave(outer);
  return { addresses, ready, hostname, podName, zone };
}

/** Endpoints have one address nearly always, and an array that is pushed to takes room for 16 more. */
function append(addresses: readonly Text[], address: Text): readonly Text[] {
  return addresses.length === 0 ? [address] : [...addresses, address];
}

/** True when nothing is said. */
function readReady(reader: Reader): boolean {
  let ready = true;
  const outer = reader.enter();
  for (let tag = reader.tag(); tag !== 0; tag = reader.tag())
    if (tag === ENDPOINT_CONDITIONS.ready) ready = reader.flag();
    else reader.skip(tag);
  reader.leave(outer);
  return ready;
}

/** The name of what an endpoint stands for. */
function readReference(reader: Reader): string {
  let name = '';
  const outer = reader.enter();
  for (let tag = reader.tag(); tag !== 0; tag = reader.tag())
    if (tag === OBJECT_REFERENCE.name) name = reader.text();
    else reader.skip(tag);
  reader.leave(outer);
  return name;
}

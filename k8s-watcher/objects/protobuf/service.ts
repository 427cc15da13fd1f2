// core.v1.Service. Called by object.ts. Cold.

import type { IngressDraft, PortDraft, ServiceDraft } from '../draft.ts';
import type { ObjectId, Service } from '../object.ts';
import { checkService } from '../service.ts';
import type { Body } from './body.ts';
import type { Metadata } from './meta.ts';
import { readPort } from './port.ts';
import { lengthTag, type Reader } from './reader.ts';

const SERVICE = { spec: lengthTag(2), status: lengthTag(3) } as const;
const SERVICE_SPEC = {
  ports: lengthTag(1),
  clusterIP: lengthTag(3),
  type: lengthTag(4),
  externalIPs: lengthTag(5),
  externalName: lengthTag(10),
  clusterIPs: lengthTag(18),
} as const;
const SERVICE_STATUS = { loadBalancer: lengthTag(1) } as const;
const LOAD_BALANCER_STATUS = { ingress: lengthTag(1) } as const;
const LOAD_BALANCER_INGRESS = { ip: lengthTag(1), hostname: lengthTag(2) } as const;

export class ServiceBody implements Body, ServiceDraft {
  type = '';
  clusterIP = '';
  externalName = '';
  readonly clusterIPs: string[] = [];
  readonly ports: PortDraft[] = [];
  readonly externalIPs: string[] = [];
  readonly ingress: IngressDraft[] = [];

  take(tag: number, reader: Reader): void {
    if (tag === SERVICE.spec) this.#readSpec(reader);
    else if (tag === SERVICE.status) this.#readStatus(reader);
    else reader.skip(tag);
  }

  check(id: ObjectId, metadata: Metadata): Service {
    return checkService(id, metadata.labels, this);
  }

  #readSpec(reader: Reader): void {
    const outer = reader.enter();
    for (let tag = reader.tag(); tag !== 0; tag = reader.tag())
      if (tag === SERVICE_SPEC.ports) this.ports.push(readPort(reader));
      else if (tag === SERVICE_SPEC.clusterIP) this.clusterIP = reader.text();
      else if (tag === SERVICE_SPEC.clusterIPs) this.clusterIPs.push(reader.text());
      else if (tag === SERVICE_SPEC.type) this.type = reader.word();
      else if (tag === SERVICE_SPEC.externalIPs) this.externalIPs.push(reader.text());
      else if (tag === SERVICE_SPEC.externalName) this.externalName = reader.text();
      else reader.skip(tag);
    reader.leave(outer);
  }

  #readStatus(reader: Reader): void {
    const outer = reader.enter();
    for (let tag = reader.tag(); tag !== 0; tag = reader.tag())
      if (tag === SERVICE_STATUS.loadBalancer) this.#readBalancer(reader);
      else reader.skip(tag);
    reader.leave(outer);
  }

  #readBalancer(reader: Reader): void {
    const outer = reader.enter();
    for (let tag = reader.tag(); tag !== 0; tag = reader.tag())
      if (tag === LOAD_BALANCER_STATUS.ingress) this.ingress.push(readIngress(reader));
      else reader.skip(tag);
    reader.leave(outer);
  }
}

function readIngress(reader: Reader): IngressDraft {
  let ip = '';
  let hostname = '';
  const outer = reader.enter();
  for (let tag = reader.tag(); tag !== 0; tag = reader.tag())
    if (tag === LOAD_BALANCER_INGRESS.ip) ip = reader.text();
    else if (tag === LOAD_BALANCER_INGRESS.hostname) hostname = reader.text();
    else reader.skip(tag);
  reader.leave(outer);
  return { ip, hostname };
}

// discovery.k8s.io/v1 EndpointSlice: what is read of it → what is kept. Called for JSON and protobuf. Cold.

import type { Address } from '#wire/address.ts';
import { parseAddress, parseQuad, textOf } from './address.ts';
import type { EndpointDraft, SliceDraft } from './draft.ts';
import { isDomainName, isLabel } from './names.ts';
import type { Endpoint, EndpointSlice, Labels, ObjectId } from './object.ts';
import { checkPorts } from './port.ts';
import { complaint, quote, refusal } from './refusal.ts';

/** The label that says whose endpoints these are. */
export const SERVICE_LABEL = 'kubernetes.io/service-name';
/** The annotation in which the controller of endpoints notes when what it reacts to has happened. */
export const CHANGE_TIME = 'endpoints.kubernetes.io/last-change-trigger-time';

/** Throws ObjectError. `changeTime`: the annotation, '' for none. */
export function checkSlice(id: ObjectId, labels: Labels, draft: SliceDraft, changeTime: string): EndpointSlice {
  const service = labels[SERVICE_LABEL] ?? '';
  const endpoints: Endpoint[] = [];
  draft.endpoints.forEach((endpoint, index) => {
    checkEndpoint(id, endpoint, index, endpoints);
  });
  return {
    kind: 'EndpointSlice',
    namespace: id.namespace,
    name: id.name,
    labels,
    service: isLabel(service) ? service : '',
    endpoints,
    ports: checkPorts(id, 'ports', draft.ports),
    ...(changeTime === '' ? {} : timeOf(changeTime)),
  };
}

/** It only serves a metric: what is no time is passed over. */
function timeOf(changeTime: string): { changedAt?: number } {
  const changedAt = Date.parse(changeTime);
  return Number.isNaN(changedAt) ? {} : { changedAt };
}

/** Adds its addresses to `into`. Ready or not said to be unready: nothing else counts (spec C2). */
function checkEndpoint(id: ObjectId, draft: EndpointDraft, index: number, into: Endpoint[]): void {
  if (!draft.ready) return;
  const { hostname, podName, zone } = draft;
  if (hostname !== '' && !isLabel(hostname)) throw refusal(id, `endpoints[${index}].hostname`, hostname, 'a DNS label');
  draft.addresses.forEach((text, place) => {
    const quad = typeof text === 'string' ? parseQuad(text) : text;
    const address = quad ?? parseAddress(String(text)) ?? '';
    const spelling = quad === undefined ? spellingOf(String(text), address) : '';
    if (spelling === undefined)
      throw complaint(
        id,
        `endpoints[${index}].addresses[${place}]`,
        `${quote(text)} is neither an IP address nor a domain name`,
      );
    into.push({ address, spelling, hostname, podName, zone });
  });
}

/** '' for the usual text of an address; undefined for what is neither an address nor a domain name. */
function spellingOf(text: string, address: Address): string | undefined {
  if (address !== '') return textOf(address) === text ? '' : text.toLowerCase();
  return isDomainName(text) ? text.toLowerCase() : undefined;
}

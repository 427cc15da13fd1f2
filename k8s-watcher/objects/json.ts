// Plain Kubernetes JSON → drafts: types are checked here, values by whoever makes the object. Called by decode.ts. Cold.

import type { EndpointDraft, PodDraft, PortDraft, ServiceDraft, SliceDraft } from './draft.ts';
import type { Fields } from './fields.ts';
import type { ImportDraft } from './import.ts';
import { PORT_RANGE } from './port.ts';

/** All of these throw ObjectError when a field is of another type. */
export function serviceDraft(fields: Fields): ServiceDraft {
  const spec = fields.fields('spec');
  const ingress = fields.fields('status').fields('loadBalancer').each('ingress');
  return {
    type: spec.text('type'),
    clusterIP: spec.text('clusterIP'),
    clusterIPs: spec.texts('clusterIPs'),
    ports: portDrafts(spec),
    externalName: spec.text('externalName'),
    externalIPs: spec.texts('externalIPs'),
    ingress: ingress.map((entry) => ({ ip: entry.text('ip'), hostname: entry.text('hostname') })),
  };
}

/** The list `ports` of these fields. */
export function portDrafts(fields: Fields): PortDraft[] {
  return fields.each('ports').map((port) => ({
    name: port.text('name'),
    protocol: port.text('protocol'),
    port: port.number('port', PORT_RANGE, 0),
  }));
}

export function sliceDraft(fields: Fields): SliceDraft {
  return { endpoints: fields.each('endpoints').map(endpointDraft), ports: portDrafts(fields) };
}

function endpointDraft(endpoint: Fields): EndpointDraft {
  return {
    addresses: endpoint.texts('addresses'),
    ready: endpoint.fields('conditions').flag('ready', true),
    hostname: endpoint.text('hostname'),
    podName: endpoint.fields('targetRef').text('name'),
    zone: endpoint.text('zone'),
  };
}

export function podDraft(fields: Fields): PodDraft {
  const status = fields.fields('status');
  const terminating = fields.fields('metadata').has('deletionTimestamp');
  return { phase: status.text('phase'), podIP: status.text('podIP'), terminating };
}

export function importDraft(fields: Fields): ImportDraft {
  const spec = fields.fields('spec');
  return { type: spec.text('type'), ips: spec.texts('ips'), ports: portDrafts(spec) };
}

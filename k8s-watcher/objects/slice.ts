// discovery.k8s.io/v1 EndpointSlice. Called by decode.ts. Cold.

import type { Fields } from './fields.ts';
import { octetsOf, textOf } from './fields.ts';
import { isDomainName, isLabel } from './names.ts';
import type { Endpoint, EndpointSlice, ObjectId } from './object.ts';
import { decodePort } from './port.ts';

/** The label that says whose endpoints these are. */
export const SERVICE_LABEL = 'kubernetes.io/service-name';
const NO_ADDRESS = new Uint8Array(0);

export function decodeSlice(id: ObjectId, fields: Fields): EndpointSlice {
  const { namespace, name } = id;
  const labels = fields.fields('metadata').labels('labels');
  const service = labels[SERVICE_LABEL] ?? '';
  return {
    kind: 'EndpointSlice',
    namespace,
    name,
    labels,
    service: isLabel(service) ? service : '',
    endpoints: fields.each('endpoints').flatMap(decodeEndpoint),
    ports: fields.each('ports').map(decodePort),
  };
}

/** Ready or not said to be unready: nothing else counts (spec C2). */
function decodeEndpoint(endpoint: Fields): Endpoint[] {
  if (!endpoint.fields('conditions').flag('ready', true)) return [];
  const hostname = endpoint.matching('hostname', isLabel, 'a DNS label');
  const podName = endpoint.fields('targetRef').text('name');
  const zone = endpoint.text('zone');
  return endpoint.texts('addresses').map((text, index) => {
    const address = octetsOf(text) ?? NO_ADDRESS;
    if (address.length === 0 && !isDomainName(text))
      throw endpoint.error(`addresses[${index}]`, `${JSON.stringify(text)} is neither an IP address nor a domain name`);
    const usual = address.length > 0 && textOf(address) === text;
    return { address, spelling: usual ? '' : text.toLowerCase(), hostname, podName, zone };
  });
}

// core.v1.ServicePort and discovery.v1.EndpointPort, which agree on these fields. Called by service.ts and slice.ts. Cold.

import type { PortDraft } from '../draft.ts';
import { lengthTag, type Reader, varintTag } from './reader.ts';

const PORT = { name: lengthTag(1), protocol: lengthTag(2), port: varintTag(3) } as const;

/** Reads the message that is next. */
export function readPort(reader: Reader): PortDraft {
  let name = '';
  let protocol = '';
  let port = 0;
  const outer = reader.enter();
  for (let tag = reader.tag(); tag !== 0; tag = reader.tag())
    if (tag === PORT.name) name = reader.word();
    else if (tag === PORT.protocol) protocol = reader.word();
    else if (tag === PORT.port) port = reader.integer();
    else reader.skip(tag);
  reader.leave(outer);
  return { name, protocol, port };
}

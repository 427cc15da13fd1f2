// Tells a client its own address and port, in the additional section. The last handler of a chain. Hot.

import { peerAddressAt, peerPort } from '#native/datagram.ts';
import { FLAG, MAX_NAME_BYTES, RCODE, TYPE } from '#wire/constants.ts';
import type { BlockScope, Handler, Host } from '#workers/chain/handler.ts';
import { type Outcome, WRITTEN } from '#workers/chain/outcome.ts';
import { recordBelow } from '#workers/lib/access/owner.ts';
import { ADDITIONAL, type Answer, QNAME_OFFSET } from '#workers/query/answer.ts';
import { PROTO_TCP, type Query } from '#workers/query/query.ts';
import type { PluginPlan } from '../plan.ts';
import type { WhoamiOptions } from './setup.ts';

/** Labels in wire form. */
const UDP_LABEL = new TextEncoder().encode('\x04_udp');
const TCP_LABEL = new TextEncoder().encode('\x04_tcp');
/** Priority, weight, port and the root as target (RFC 2782). */
const SRV_BYTES = 7;

class Whoami implements Handler {
  serve(query: Query, answer: Answer): Outcome {
    answer.start(query, RCODE.NOERROR, FLAG.AA);
    answer.section = ADDITIONAL;
    const { bytes, peerAt, klass, nameLength } = query;
    const at = peerAddressAt(peerAt, query.family === 6 ? 6 : 4);
    if (query.family === 6) answer.recordFrom(QNAME_OFFSET, nameLength, TYPE.AAAA, klass, 0, bytes, at, 16);
    else answer.recordFrom(QNAME_OFFSET, nameLength, TYPE.A, klass, 0, bytes, at, 4);
    this.#port(query, answer);
    return WRITTEN;
  }

  /** SRV at `_udp.QNAME` or `_tcp.QNAME`, unless QNAME leaves no room for the label. */
  #port(query: Query, answer: Answer): void {
    const { klass, nameLength } = query;
    const label = query.proto === PROTO_TCP ? TCP_LABEL : UDP_LABEL;
    if (nameLength + label.length > MAX_NAME_BYTES) return;
    const to = recordBelow(answer, label, 0, label.length, QNAME_OFFSET, nameLength, TYPE.SRV, klass, 0, SRV_BYTES);
    if (to === 0) return;
    const { bytes } = answer;
    const port = peerPort(query.bytes, query.peerAt);
    for (let i = 0; i < SRV_BYTES; i++) bytes[to + i] = 0;
    bytes[to + 4] = port >>> 8;
    bytes[to + 5] = port;
  }
}

export function build(_plan: PluginPlan<WhoamiOptions, null>, _host: Host, _scope: BlockScope): Handler {
  return new Whoami();
}

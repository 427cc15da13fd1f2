// Answers names of services as they are reached from outside of the cluster, from their own zone image (spec D k8s_external). Hot.

import { FLAG, RCODE, TYPE } from '#wire/constants.ts';
import { hashAddress } from '#wire/hash.ts';
import { encodeName } from '#wire/name.ts';
import type { BlockScope, Handler, Host } from '#workers/chain/handler.ts';
import { NEXT, type Outcome, WRITTEN } from '#workers/chain/outcome.ts';
import { readReverse } from '#workers/lib/access/reverse.ts';
import { TargetWriter, writeAddresses, writePointers } from '#workers/lib/zone-image/records.ts';
import { ZoneSet } from '#workers/lib/zones.ts';
import { ANSWER, type Answer, QNAME_OFFSET } from '#workers/query/answer.ts';
import type { Query } from '#workers/query/query.ts';
import type { ZoneImage } from '#zone/reader.ts';
import type { PluginPlan } from '../plan.ts';
import { APEX_NAME, BELOW_APEX, ExternalApex, NO_SUB_APEX } from './apex.ts';
import { HostNames } from './hosts.ts';
import { EXTERNAL_FLAG, ExternalNames } from './locate.ts';
import type { K8sExternalOptions } from './options.ts';

class K8sExternal implements Handler {
  readonly #zones: ZoneSet;
  readonly #image: ZoneImage;
  /** Where PTR records point to. */
  readonly #first: Uint8Array;
  /** Zones whose missing names are passed on; null for none. */
  readonly #fallthrough: ZoneSet | null;
  readonly #seed: number;
  readonly #names: ExternalNames;
  readonly #apex: ExternalApex;
  readonly #hosts: HostNames;
  readonly #targets: TargetWriter;
  readonly #address: Uint8Array = new Uint8Array(16);

  constructor({ zones, apex, ttl, fallthrough, image, localAddresses }: K8sExternalOptions, host: Host) {
    const { seed } = host;
    this.#zones = new ZoneSet(zones, seed);
    this.#image = host.zones.image(image);
    this.#first = encodeName(zones[0]);
    this.#fallthrough = fallthrough === null ? null : new ZoneSet(fallthrough, seed);
    this.#seed = seed;
    this.#names = new ExternalNames(seed);
    this.#apex = new ExternalApex(apex, ttl, localAddresses);
    this.#hosts = new HostNames(host.lookup);
    this.#targets = new TargetWriter({ lower: true, glueTtl: ttl });
  }

  serve(query: Query, answer: Answer): Outcome {
    const zone = this.#zones.match(query);
    if (zone < 0) return NEXT;
    const labels = this.#zones.labels(zone);
    if (query.labels === labels) return this.#serveApex(query, answer, labels);
    const own = this.#apex.locate(query, labels);
    if (own !== NO_SUB_APEX) return this.#serveSubApex(query, answer, labels, own);
    if (query.type === TYPE.PTR) {
      const length = readReverse(query, this.#address);
      if (length !== 0) return this.#serveReverse(query, answer, labels, length);
    }
    const entry = this.#names.find(this.#image, query, labels);
    return entry === 0 ? this.#missing(query, answer, labels) : this.#serveEntry(query, answer, labels, entry);
  }

  #serveApex(query: Query, answer: Answer, labels: number): Outcome {
    const image = this.#image;
    if (query.type === TYPE.SOA) {
      this.#begin(query, answer);
      this.#apex.writeSoa(query, answer, labels, image.serial());
      return WRITTEN;
    }
    if (query.type !== TYPE.NS) return this.#negative(query, answer, RCODE.NOERROR, labels);
    this.#begin(query, answer);
    this.#apex.writeServer(query, answer, image);
    return WRITTEN;
  }

  /** These names do not fall through. */
  #serveSubApex(query: Query, answer: Answer, labels: number, name: number): Outcome {
    const { type } = query;
    if (name === BELOW_APEX) return this.#negative(query, answer, RCODE.NXDOMAIN, labels);
    if (name === APEX_NAME || (type !== TYPE.A && type !== TYPE.AAAA))
      return this.#negative(query, answer, RCODE.NOERROR, labels);
    this.#begin(query, answer);
    this.#apex.writeServerAddresses(query, answer, this.#image, labels);
    return this.#orNothing(query, answer, labels);
  }

  #serveReverse(query: Query, answer: Answer, labels: number, length: number): Outcome {
    const image = this.#image;
    const address = this.#address;
    const entry = image.findAddress(hashAddress(this.#seed, address, 0, length), address, 0, length);
    const rrset = entry === 0 ? 0 : image.rrset(entry, TYPE.PTR);
    if (rrset === 0) return this.#missing(query, answer, labels);
    this.#begin(query, answer);
    writePointers(query, answer, image, rrset, this.#first);
    return this.#orNothing(query, answer, labels);
  }

  #serveEntry(query: Query, answer: Answer, labels: number, entry: number): Outcome {
    switch (query.type) {
      case TYPE.A:
      case TYPE.AAAA:
        return this.#serveAddresses(query, answer, labels, entry);
      case TYPE.SRV:
        return this.#serveTargets(query, answer, labels, entry);
      default:
        return this.#negative(query, answer, RCODE.NOERROR, labels);
    }
  }

  /** Addresses first, then host names with what is known of them: a CNAME may stand beside addresses here. */
  #serveAddresses(query: Query, answer: Answer, labels: number, entry: number): Outcome {
    const image = this.#image;
    const { type } = query;
    const rrset = image.rrset(entry, type);
    const hosts = image.rrset(entry, TYPE.CNAME);
    this.#begin(query, answer);
    if (rrset !== 0) writeAddresses(answer, image, rrset, type, QNAME_OFFSET, query.nameLength);
    if (hosts !== 0) return this.#hosts.follow(query, answer, image, hosts);
    return this.#orNothing(query, answer, labels);
  }

  #serveTargets(query: Query, answer: Answer, labels: number, entry: number): Outcome {
    const image = this.#image;
    const srv = image.rrset(entry, TYPE.SRV);
    if (srv === 0) return this.#negative(query, answer, RCODE.NOERROR, labels);
    const hosts = (image.flags(entry) & EXTERNAL_FLAG) === 0 ? 0 : image.rrset(entry, TYPE.CNAME);
    const { front } = this.#names;
    this.#begin(query, answer);
    if (hosts === 0) {
      this.#targets.write(query, answer, image, srv, front, labels);
      return this.#orNothing(query, answer, labels);
    }
    // The service is a target itself only when it has addresses.
    const own = image.rrset(entry, TYPE.A) !== 0 || image.rrset(entry, TYPE.AAAA) !== 0;
    if (own) this.#targets.writeRecords(query, answer, image, srv, front, labels);
    const first = answer.answers;
    this.#hosts.writeTargets(query, answer, image, srv, hosts);
    if (own) this.#targets.writeGlue(image, srv);
    return this.#hosts.chase(query, answer, first);
  }

  #begin(query: Query, answer: Answer): void {
    answer.start(query, RCODE.NOERROR, FLAG.AA);
    answer.local = true;
    answer.section = ANSWER;
  }

  /** What has been written, or that there is nothing. */
  #orNothing(query: Query, answer: Answer, labels: number): Outcome {
    if (answer.answers > 0 || answer.truncated) return WRITTEN;
    return this.#negative(query, answer, RCODE.NOERROR, labels);
  }

  /** No such name: the next plugin's, if the directive says so; SERVFAIL while not everything is known yet; NXDOMAIN. */
  #missing(query: Query, answer: Answer, labels: number): Outcome {
    const fallthrough = this.#fallthrough;
    if (fallthrough !== null && fallthrough.match(query) >= 0) return NEXT;
    return this.#negative(query, answer, this.#image.synced() ? RCODE.NXDOMAIN : RCODE.SERVFAIL, labels);
  }

  #negative(query: Query, answer: Answer, rcode: number, labels: number): Outcome {
    this.#apex.writeNegative(query, answer, rcode, FLAG.AA, labels, this.#image.serial());
    return WRITTEN;
  }
}

export function build(plan: PluginPlan<K8sExternalOptions>, host: Host, _scope: BlockScope): Handler {
  return new K8sExternal(plan.options, host);
}

// Answers names of Kubernetes services, endpoints, pods and addresses from the zone image (spec C3–C8). Hot.

import { FLAG, RCODE, TYPE } from '#wire/constants.ts';
import { hashAddress } from '#wire/hash.ts';
import { encodeName } from '#wire/name.ts';
import type { BlockScope, Handler, Host, Metadata, SearchPaths } from '#workers/chain/handler.ts';
import { NEXT, type Outcome, WRITTEN } from '#workers/chain/outcome.ts';
import { isLabelAt } from '#workers/lib/zone-image/names.ts';
import {
  TargetWriter,
  writeAddresses,
  writeNegative,
  writePointers,
  writeSoa,
} from '#workers/lib/zone-image/records.ts';
import { ZoneSet } from '#workers/lib/zones.ts';
import { ANSWER, type Answer, QNAME_OFFSET } from '#workers/query/answer.ts';
import type { Query } from '#workers/query/query.ts';
import { EntryFlag } from '#zone/layout.ts';
import type { ZoneImage } from '#zone/reader.ts';
import type { PluginPlan } from '../plan.ts';
import { AliasChaser, DEAD_END, writeAliasRecord } from './alias.ts';
import { NameServers, writeVersion } from './apex.ts';
import { DNS_VERSION } from './labels.ts';
import { BARE, EMPTY, ENTRY, type Kind, Located, MISSING, NAME_SERVER, POD_ADDRESS } from './locate.ts';
import { KubernetesMetadata } from './metadata.ts';
import { importsKey, type KubernetesOptions } from './options.ts';
import { PodPaths } from './paths.ts';
import { readAddress } from './reverse.ts';

const IN = 1;
const REVERSE = /(^|\.)(in-addr|ip6)\.arpa\.$/;

class Kubernetes implements Handler {
  readonly searchPaths: SearchPaths;
  readonly metadata: Metadata;
  readonly #zones: ZoneSet;
  /** Image of each zone: those with ServiceImports have one of their own. */
  readonly #images: readonly ZoneImage[];
  /** The image of the cluster's own objects: reverse names and name servers of all zones. */
  readonly #own: ZoneImage;
  /** Zones for addresses: services, namespaces and pods have no names there (spec C7). */
  readonly #reverse: readonly boolean[];
  readonly #primary: Uint8Array;
  /** Zones whose missing names are passed on; null for none. */
  readonly #fallthrough: ZoneSet | null;
  readonly #ttl: number;
  readonly #seed: number;
  readonly #located: Located;
  readonly #servers: NameServers;
  readonly #aliases: AliasChaser;
  readonly #targets = new TargetWriter();
  readonly #address: Uint8Array = new Uint8Array(16);

  constructor(options: KubernetesOptions, host: Host) {
    const { image, zones, multicluster, fallthrough } = options;
    const { seed } = host;
    const own = host.zones.image(image.key);
    const imports = host.zones.image(importsKey(image.key));
    this.#zones = new ZoneSet(zones, seed);
    this.#images = zones.map((zone) => (multicluster.includes(zone) ? imports : own));
    this.#own = own;
    this.#reverse = zones.map((zone) => REVERSE.test(zone));
    this.#primary = encodeName(options.primaryZone);
    this.#fallthrough = fallthrough === null ? null : new ZoneSet(fallthrough, seed);
    this.#ttl = image.ttl;
    this.#seed = seed;
    this.#located = new Located(image.pods, image.zonal, seed, imports);
    this.#servers = new NameServers(image.ttl, image.localAddresses);
    this.#aliases = new AliasChaser(this.#located, host.lookup, image.ttl);
    this.searchPaths = new PodPaths(this.#zones, this.#images, own, seed);
    const imported = zones.map((zone) => multicluster.includes(zone));
    this.metadata = new KubernetesMetadata(
      { zones: this.#zones, multicluster: imported, zonal: image.zonal },
      own,
      seed,
    );
  }

  serve(query: Query, answer: Answer): Outcome {
    const zone = this.#zones.match(query);
    if (zone < 0) return NEXT;
    const { type } = query;
    if (type === TYPE.AXFR || type === TYPE.IXFR) return RCODE.REFUSED;
    const zoneLabels = this.#zones.labels(zone);
    if (query.labels === zoneLabels) return this.#serveApex(query, answer, zone);
    // Below the apex there is no SOA, whether the name exists or not.
    if (type === TYPE.SOA) return this.#negative(query, answer, RCODE.NOERROR, zone);
    if (type === TYPE.PTR) {
      const length = readAddress(query, this.#address);
      if (length !== 0) return this.#serveReverse(query, answer, zone, length);
    }
    const found = this.#located.locate(this.#images[zone], query, zoneLabels);
    const kind = this.#reverse[zone] && found !== EMPTY && found !== NAME_SERVER ? MISSING : found;
    return kind === ENTRY ? this.#serveEntry(query, answer, zone) : this.#serveOther(query, answer, zone, kind);
  }

  #serveApex(query: Query, answer: Answer, zone: number): Outcome {
    const image = this.#images[zone];
    switch (query.type) {
      case TYPE.SOA:
        this.#begin(query, answer);
        writeSoa(query, answer, query.labels, this.#ttlOf(image), image.serial());
        return WRITTEN;
      case TYPE.NS:
        this.#servers.writeRecords(query, answer, this.#own);
        return WRITTEN;
      case TYPE.TXT:
        return this.#missing(query, answer, zone);
      default:
        return this.#negative(query, answer, RCODE.NOERROR, zone);
    }
  }

  #serveEntry(query: Query, answer: Answer, zone: number): Outcome {
    const image = this.#images[zone];
    const { entry } = this.#located;
    const { type } = query;
    const flags = image.flags(entry);
    if (flags !== 0) {
      if (type === TYPE.TXT && (flags & EntryFlag.TXT_IS_NXDOMAIN) !== 0) return this.#missing(query, answer, zone);
      if ((flags & EntryFlag.ALIAS) !== 0 && (type === TYPE.A || type === TYPE.AAAA))
        return this.#serveAlias(query, answer, zone);
    }
    const served = type === TYPE.A || type === TYPE.AAAA || type === TYPE.SRV || type === TYPE.CNAME;
    const rrset = served ? image.rrset(entry, type) : 0;
    if (rrset === 0) return this.#negative(query, answer, RCODE.NOERROR, zone);
    if (type === TYPE.CNAME) {
      writeAliasRecord(query, answer, image, entry);
      return WRITTEN;
    }
    this.#begin(query, answer);
    if (type === TYPE.SRV)
      this.#targets.write(query, answer, image, rrset, this.#located.front, this.#zones.labels(zone));
    else writeAddresses(answer, image, rrset, type, QNAME_OFFSET, query.nameLength);
    return WRITTEN;
  }

  #serveAlias(query: Query, answer: Answer, zone: number): Outcome {
    const zones = this.#zones;
    const { entry } = this.#located;
    const image = this.#images[zone];
    const outcome = this.#aliases.follow(query, answer, image, entry, zones.wire(zone), zones.labels(zone));
    return outcome === DEAD_END ? this.#negative(query, answer, RCODE.NOERROR, zone) : outcome;
  }

  #serveOther(query: Query, answer: Answer, zone: number, kind: Kind): Outcome {
    const { type } = query;
    switch (kind) {
      case POD_ADDRESS:
        return this.#servePod(query, answer, zone);
      case EMPTY:
        if (type === TYPE.TXT) break;
        return this.#negative(query, answer, RCODE.NOERROR, zone);
      case BARE:
        return this.#negative(query, answer, RCODE.NOERROR, zone);
      case NAME_SERVER:
        if (type === TYPE.TXT || type === TYPE.PTR) break;
        return this.#serveNameServer(query, answer, zone);
      case MISSING:
        if (type !== TYPE.TXT || !this.#isVersion(query, zone)) break;
        writeVersion(query, answer);
        return WRITTEN;
    }
    return this.#missing(query, answer, zone);
  }

  #isVersion(query: Query, zone: number): boolean {
    return query.labels - this.#zones.labels(zone) === 1 && isLabelAt(query, 0, DNS_VERSION);
  }

  #serveNameServer(query: Query, answer: Answer, zone: number): Outcome {
    const { type } = query;
    this.#begin(query, answer);
    if (type === TYPE.A || type === TYPE.AAAA)
      this.#servers.writeAddresses(query, answer, this.#own, this.#zones.labels(zone));
    return answer.answers > 0 || answer.truncated ? WRITTEN : this.#negative(query, answer, RCODE.NOERROR, zone);
  }

  #servePod(query: Query, answer: Answer, zone: number): Outcome {
    const { type, nameLength } = query;
    const { address, addressLength, front } = this.#located;
    const own = addressLength === 4 ? TYPE.A : TYPE.AAAA;
    if (type !== own && type !== TYPE.SRV) return this.#negative(query, answer, RCODE.NOERROR, zone);
    this.#begin(query, answer);
    if (type === own) answer.recordFrom(QNAME_OFFSET, nameLength, type, IN, this.#ttl, address, 0, addressLength);
    else this.#targets.writePod(query, answer, address, addressLength, front, this.#zones.labels(zone), this.#ttl);
    return WRITTEN;
  }

  #serveReverse(query: Query, answer: Answer, zone: number, length: number): Outcome {
    const image = this.#own;
    const address = this.#address;
    const entry = image.findAddress(hashAddress(this.#seed, address, 0, length), address, 0, length);
    const rrset = entry === 0 ? 0 : image.rrset(entry, TYPE.PTR);
    if (rrset === 0) return this.#missing(query, answer, zone);
    this.#begin(query, answer);
    writePointers(query, answer, image, rrset, this.#primary);
    return WRITTEN;
  }

  #begin(query: Query, answer: Answer): void {
    answer.start(query, RCODE.NOERROR, FLAG.AA);
    answer.local = true;
    answer.section = ANSWER;
  }

  /** No such name: the next plugin's, if the directive says so; SERVFAIL while not everything is known yet; NXDOMAIN. */
  #missing(query: Query, answer: Answer, zone: number): Outcome {
    const fallthrough = this.#fallthrough;
    if (fallthrough !== null && fallthrough.match(query) >= 0) return NEXT;
    const rcode = this.#images[zone].synced() ? RCODE.NXDOMAIN : RCODE.SERVFAIL;
    return this.#negative(query, answer, rcode, zone);
  }

  #negative(query: Query, answer: Answer, rcode: number, zone: number): Outcome {
    const image = this.#images[zone];
    writeNegative(query, answer, rcode, FLAG.AA, this.#zones.labels(zone), this.#ttlOf(image), image.serial());
    return WRITTEN;
  }

  /** While a kept state is served the image's is shorter than the directive's; one that nobody has written yet has none. */
  #ttlOf(image: ZoneImage): number {
    return image.ttl() || this.#ttl;
  }
}

export function build(plan: PluginPlan, host: Host, _scope: BlockScope): Handler {
  return new Kubernetes(plan.options as KubernetesOptions, host);
}

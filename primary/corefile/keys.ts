// Keys of server blocks: `[SCHEME://]ZONE[:PORT]` → transport, zone, port; and zone arguments of plugins (behaviour A5). Cold.

import { ConfigError } from '#plugins/contract.ts';
import type { Transport } from '#plugins/plan.ts';
import { reverseZones } from './cidr.ts';

/** One zone of one server block on one port. */
export interface ServerKey {
  readonly transport: Transport;
  /** Lower case, with the final dot. */
  readonly zone: string;
  /** As written; whether it is one is only asked when the listeners are known (`checkListeners`). */
  readonly port: number;
  /** `dns://zone.:port`. */
  readonly text: string;
}

/** What a scheme means when no port is given; `dns` takes `-dns.port` instead. */
export const DEFAULT_PORTS: Readonly<Record<Transport, number>> = {
  dns: 53,
  tls: 853,
  quic: 853,
  grpc: 443,
  https: 443,
  https3: 443,
};

const MAX_ZONE_OCTETS = 255;
const MAX_LABEL_OCTETS = 63;
const DOT = 0x2e;
const BACKSLASH = 0x5c;

/** `dns://zone.:port`, the form in which messages, plugins and labels name a key. */
export function keyText(transport: Transport, zone: string, port: number): string {
  return `${transport}://${zone}:${port}`;
}

/** The keys that one key of the file stands for: a network between two label boundaries is several. Throws ConfigError. */
export function expandKey(text: string, defaultPort: number): ServerKey[] {
  const { scheme, rest } = splitScheme(text);
  const { zones, port } = splitPort(rest);
  if (scheme === 'unix') throw new ConfigError(`unix:// cannot be served: ${text}`);
  const known = port ?? (scheme === 'dns' ? defaultPort : DEFAULT_PORTS[scheme]);
  return zones.map((name) => {
    const zone = norm(name);
    checkZone(zone); // again: with its dot and in lower case a name may be longer than as it was written
    return { transport: scheme, zone, port: known, text: keyText(scheme, zone, known) };
  });
}

/** Zone arguments of a directive: normalised, networks expanded, scheme and port dropped; what is no zone is left out. */
export function normalizeZones(args: readonly string[]): string[] {
  return args.flatMap((text) => {
    try {
      return splitPort(splitScheme(text).rest).zones.map(norm);
    } catch (error) {
      if (error instanceof ConfigError) return [];
      throw error;
    }
  });
}

/** Lower case, with the final dot. */
export function norm(name: string): string {
  return fqdn(name).toLowerCase();
}

/** Appends the final dot; an escaped dot at the end is part of a label and does not count as one. */
export function fqdn(name: string): string {
  const escapes = /(\\*)\.$/.exec(name)?.[1].length;
  return escapes !== undefined && escapes % 2 === 0 ? name : `${name}.`;
}

/**
 * True for a name of presentation form (RFC 1035 section 5.1): labels of at most 63 octets without empty ones, at most 255
 * octets in all, `\DDD` and `\X` as one octet each. Any octet may stand in a label (RFC 2181 section 11).
 */
export function isDomainName(name: string): boolean {
  if (name === '.') return true;
  const labels = labelOctets(fqdn(name));
  if (labels === undefined) return false;
  const octets = labels.reduce((sum, length) => sum + length + 1, 1); // one in front of each label, one for the root
  return octets <= MAX_ZONE_OCTETS && labels.every((length) => length > 0 && length <= MAX_LABEL_OCTETS);
}

/** Octets of each label of a name with its final dot; undefined when the name ends inside an escape. */
function labelOctets(name: string): number[] | undefined {
  const lengths: number[] = [];
  const bytes = Buffer.from(name, 'utf8');
  let length = 0;
  for (let i = 0; i < bytes.length; i++) {
    if (bytes[i] === DOT) {
      lengths.push(length);
      length = 0;
      continue;
    }
    if (bytes[i] === BACKSLASH) i += /^\d{3}/.test(bytes.toString('latin1', i + 1, i + 4)) ? 3 : 1;
    length++;
  }
  return length === 0 ? lengths : undefined;
}

/** Text in front of `://` that is no scheme stays part of the zone. */
function splitScheme(text: string): { scheme: Transport | 'unix'; rest: string } {
  const end = text.indexOf('://');
  const scheme = text.slice(0, Math.max(end, 0));
  if (scheme === 'unix' || isTransport(scheme)) return { scheme, rest: text.slice(end + 3) };
  return { scheme: 'dns', rest: text };
}

function isTransport(text: string): text is Transport {
  return Object.hasOwn(DEFAULT_PORTS, text);
}

/** The port is what stands behind the last colon, if that is a number; an IPv6 network has a mask in front of it. */
function splitPort(text: string): { zones: string[]; port: number | undefined } {
  const colon = text.lastIndexOf(':');
  if (colon === text.length - 1) throw new ConfigError(`expecting data after last colon: ${JSON.stringify(text)}`);
  const digits = text.slice(colon + 1);
  const port =
    colon >= 0 && /^[+-]?\d+$/.test(digits) && Number.isSafeInteger(Number(digits)) ? Number(digits) : undefined;
  const host = port === undefined ? text : text.slice(0, colon);
  checkZone(host);
  const reverse = reverseZones(host);
  if (reverse !== undefined && /^:|^0.*:/s.test(host)) throw new ConfigError(`invalid CIDR ${host}`);
  return { zones: reverse ?? [host], port };
}

function checkZone(zone: string): void {
  const length = Buffer.byteLength(zone);
  if (length > MAX_ZONE_OCTETS) throw new ConfigError(`specified zone is too long: ${length} > ${MAX_ZONE_OCTETS}`);
  if (!isDomainName(zone)) throw new ConfigError(`zone is not a valid domain name: ${zone}`);
}

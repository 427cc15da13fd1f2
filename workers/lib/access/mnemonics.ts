// Names of record types, classes and rcodes (IANA registry "DNS Parameters"). Read by logs and set-ups: arrays by number, maps by name.

/** `number name` pairs; names are those that the reference prints. */
const TYPES =
  '1 A,2 NS,3 MD,4 MF,5 CNAME,6 SOA,7 MB,8 MG,9 MR,10 NULL,12 PTR,13 HINFO,14 MINFO,15 MX,16 TXT,17 RP,18 AFSDB,19 X25,20 ISDN,21 RT,' +
  '23 NSAP-PTR,24 SIG,25 KEY,26 PX,27 GPOS,28 AAAA,29 LOC,30 NXT,31 EID,32 NIMLOC,33 SRV,34 ATMA,35 NAPTR,36 KX,37 CERT,39 DNAME,41 OPT,' +
  '42 APL,43 DS,44 SSHFP,45 IPSECKEY,46 RRSIG,47 NSEC,48 DNSKEY,49 DHCID,50 NSEC3,51 NSEC3PARAM,52 TLSA,53 SMIMEA,55 HIP,56 NINFO,57 RKEY,' +
  '58 TALINK,59 CDS,60 CDNSKEY,61 OPENPGPKEY,62 CSYNC,63 ZONEMD,64 SVCB,65 HTTPS,99 SPF,100 UINFO,101 UID,102 GID,103 UNSPEC,104 NID,105 L32,' +
  '106 L64,107 LP,108 EUI48,109 EUI64,128 NXNAME,249 TKEY,250 TSIG,251 IXFR,252 AXFR,253 MAILB,254 MAILA,255 ANY,256 URI,257 CAA,258 AVC,' +
  '260 AMTRELAY,32768 TA,32769 DLV';
const CLASSES = '1 IN,2 CS,3 CH,4 HS,254 NONE,255 ANY';
const RCODES =
  '0 NOERROR,1 FORMERR,2 SERVFAIL,3 NXDOMAIN,4 NOTIMP,5 REFUSED,6 YXDOMAIN,7 YXRRSET,8 NXRRSET,9 NOTAUTH,10 NOTZONE,16 BADVERS,17 BADKEY,' +
  '18 BADTIME,19 BADMODE,20 BADNAME,21 BADALG,22 BADTRUNC,23 BADCOOKIE';

/** Type numbers below this have their names in `TYPE_NAMES`; those above are in use so rarely that a text is made for them. */
const DENSE = 512;

/** `TYPE_NAMES[1]` is 'A'; unknown ones below 512 are there as `TYPE<n>` (RFC 3597 §5). */
export const TYPE_NAMES: readonly string[] = dense(TYPES, DENSE, 'TYPE');
/** `CLASS_NAMES[1]` is 'IN'; unknown ones are there as `CLASS<n>`. */
export const CLASS_NAMES: readonly string[] = dense(CLASSES, 256, 'CLASS');
/** `RCODE_NAMES[3]` is 'NXDOMAIN'; unknown ones are there as their number. */
export const RCODE_NAMES: readonly string[] = dense(RCODES, 24, '');

const TYPE_NUMBERS = byName(TYPES);
const CLASS_NUMBERS = byName(CLASSES);
const RCODE_NUMBERS = byName(RCODES);

/** Number of a type's mnemonic in upper case; undefined when there is none. */
export function typeNumber(name: string): number | undefined {
  return TYPE_NUMBERS.get(name);
}

/** Number of a class's mnemonic in upper case. */
export function classNumber(name: string): number | undefined {
  return CLASS_NUMBERS.get(name);
}

/** Number of an rcode's mnemonic in upper case. */
export function rcodeNumber(name: string): number | undefined {
  return RCODE_NUMBERS.get(name);
}

function pairs(table: string): (readonly [number, string])[] {
  return table.split(',').map((pair) => {
    const [number, name] = pair.split(' ');
    return [Number(number), name] as const;
  });
}

function dense(table: string, size: number, prefix: string): string[] {
  const names = Array.from({ length: size }, (_, number) => `${prefix}${number}`);
  for (const [number, name] of pairs(table)) if (number < size) names[number] = name;
  return names;
}

function byName(table: string): ReadonlyMap<string, number> {
  return new Map(pairs(table).map(([number, name]) => [name, number] as const));
}

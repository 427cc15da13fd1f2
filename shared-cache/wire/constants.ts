// Numbers of the DNS wire format by their IANA names. Hot and cold.

/** Octets of the message header (RFC 1035 §4.1.1). */
export const HEADER_BYTES = 12;
/** Longest name on the wire, the root octet included (RFC 1035 §3.1). */
export const MAX_NAME_BYTES = 255;
/** Most labels that fit into 255 octets, the root not counted. */
export const MAX_LABELS = 127;
/** Largest message over a transport with a length prefix. */
export const MAX_MESSAGE_BYTES = 65535;
/** Largest payload of an IPv4 datagram. */
export const MAX_UDP_BYTES = 65507;
/** What a client without EDNS takes over UDP (RFC 1035 §4.2.1), and the size of the reference's receive buffer. */
export const CLASSIC_UDP_BYTES = 512;

/** Bits of the header's flags word. */
export const FLAG = {
  QR: 0x8000,
  OPCODE: 0x7800,
  AA: 0x0400,
  TC: 0x0200,
  RD: 0x0100,
  RA: 0x0080,
  Z: 0x0040,
  AD: 0x0020,
  CD: 0x0010,
  RCODE: 0x000f,
} as const;
export const OPCODE = { QUERY: 0, IQUERY: 1, STATUS: 2, NOTIFY: 4, UPDATE: 5 } as const;
export const RCODE = {
  NOERROR: 0,
  FORMERR: 1,
  SERVFAIL: 2,
  NXDOMAIN: 3,
  NOTIMP: 4,
  REFUSED: 5,
  YXDOMAIN: 6,
  YXRRSET: 7,
  NXRRSET: 8,
  NOTAUTH: 9,
  NOTZONE: 10,
  BADVERS: 16,
} as const;
export const CLASS = { IN: 1, CH: 3, HS: 4, NONE: 254, ANY: 255 } as const;
export const TYPE = {
  A: 1,
  NS: 2,
  MD: 3,
  MF: 4,
  CNAME: 5,
  SOA: 6,
  MB: 7,
  MG: 8,
  MR: 9,
  NULL: 10,
  PTR: 12,
  HINFO: 13,
  MINFO: 14,
  MX: 15,
  TXT: 16,
  AAAA: 28,
  SRV: 33,
  NAPTR: 35,
  DNAME: 39,
  OPT: 41,
  DS: 43,
  RRSIG: 46,
  NSEC: 47,
  DNSKEY: 48,
  NSEC3: 50,
  SVCB: 64,
  HTTPS: 65,
  SPF: 99,
  TSIG: 250,
  IXFR: 251,
  AXFR: 252,
  ANY: 255,
  CAA: 257,
} as const;

/** EDNS option codes that answers echo or that plugins read (RFC 5001, 7314, 7873, 7828, 7830, 7871, 8914). */
export const OPTION = { NSID: 3, ECS: 8, EXPIRE: 9, COOKIE: 10, TCP_KEEPALIVE: 11, PADDING: 12, EDE: 15 } as const;
/** The DO bit of the EDNS flags (RFC 3225). */
export const EDNS_DO = 0x8000;
/** Octets of an OPT record without options. */
export const OPT_BYTES = 11;

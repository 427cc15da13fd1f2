// Fields of log lines written straight into a thread's line buffer: names, types, addresses. Called by errors and log. Hot: no strings are made.

import type { LineBuffer } from '#ops/log/line-buffer.ts';
import { CLASS_NAMES, RCODE_NAMES, TYPE_NAMES } from './mnemonics.ts';

const DOT = 0x2e;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
const HEX = new TextEncoder().encode('0123456789abcdef');
const IPV6_GROUPS = 8;

/** 1 for octets that stand in a name's text as they are; 2 for those behind a backslash; 0 for those that become \DDD (spec B4). */
const SHAPE: Uint8Array = new Uint8Array(256).map((_, octet) => {
  if (octet < 0x20 || octet > 0x7e) return 0;
  return '."\\();@ \''.includes(String.fromCharCode(octet)) ? 2 : 1;
});
const scratch = new Uint8Array(4);

/** Appends the uncompressed wire name at `bytes[at…]` in presentation form with the final dot. */
export function appendName(log: LineBuffer, bytes: Uint8Array, at: number): void {
  scratch[0] = DOT;
  if (bytes[at] === 0) log.appendBytes(scratch, 0, 1);
  for (let label = at; bytes[label] !== 0; label += bytes[label] + 1) {
    appendLabel(log, bytes, label, 0);
    scratch[0] = DOT;
    log.appendBytes(scratch, 0, 1);
  }
}

/** Appends the label at `bytes[at]`, its length octet, without its first `skip` octets, in presentation form. */
export function appendLabel(log: LineBuffer, bytes: Uint8Array, at: number, skip: number): void {
  const end = at + 1 + bytes[at];
  let from = at + 1 + skip;
  for (let i = from; i < end; i++) {
    if (SHAPE[bytes[i]] === 1) continue;
    log.appendBytes(bytes, from, i);
    appendEscaped(log, bytes[i]);
    from = i + 1;
  }
  log.appendBytes(bytes, from, end);
}

function appendEscaped(log: LineBuffer, octet: number): void {
  scratch[0] = BACKSLASH;
  scratch[1] = octet;
  const plain = SHAPE[octet] === 2;
  log.appendBytes(scratch, 0, plain ? 2 : 1);
  if (!plain) log.appendNumber(octet, 3);
}

/** Appends `A`, or `TYPE65280` for one without a name (RFC 3597 §5). */
export function appendType(log: LineBuffer, type: number): void {
  if (type < TYPE_NAMES.length) log.appendText(TYPE_NAMES[type]);
  else {
    log.appendText('TYPE');
    log.appendNumber(type);
  }
}

/** Appends `IN`, or `CLASS4096`. */
export function appendClass(log: LineBuffer, klass: number): void {
  if (klass < CLASS_NAMES.length) log.appendText(CLASS_NAMES[klass]);
  else {
    log.appendText('CLASS');
    log.appendNumber(klass);
  }
}

/** Appends `NXDOMAIN`, or the number of an rcode without a name. */
export function appendRcode(log: LineBuffer, rcode: number): void {
  if (rcode < RCODE_NAMES.length) log.appendText(RCODE_NAMES[rcode]);
  else log.appendNumber(rcode);
}

/** Appends the address of 4 octets (family 4) or 16 (family 6) at `bytes[at…]`, IPv6 after RFC 5952 and in brackets. */
export function appendAddress(log: LineBuffer, bytes: Uint8Array, at: number, family: number): void {
  if (family === 6) appendIpv6(log, bytes, at);
  else appendIpv4(log, bytes, at);
}

function appendIpv4(log: LineBuffer, bytes: Uint8Array, at: number): void {
  scratch[0] = DOT;
  for (let i = 0; i < 4; i++) {
    if (i > 0) log.appendBytes(scratch, 0, 1);
    log.appendNumber(bytes[at + i]);
  }
}

function appendIpv6(log: LineBuffer, bytes: Uint8Array, at: number): void {
  const run = zeroRun(bytes, at);
  const start = run >> 4;
  const end = start + (run & 15);
  log.appendText('[');
  for (let group = 0; group < IPV6_GROUPS; group++) {
    if (end > start && group === start) log.appendText('::');
    if (group >= start && group < end) continue;
    // Behind `::` no colon is left to write.
    if (group > 0 && (group !== end || end === start)) appendColon(log);
    appendGroup(log, (bytes[at + 2 * group] << 8) | bytes[at + 2 * group + 1]);
  }
  log.appendText(']');
}

function appendColon(log: LineBuffer): void {
  scratch[0] = COLON;
  log.appendBytes(scratch, 0, 1);
}

/** The first of the longest runs of two or more zero groups, as start << 4 | length; 0 when there is none (RFC 5952 §4.2). */
function zeroRun(bytes: Uint8Array, at: number): number {
  let best = 0;
  let length = 0;
  for (let group = 0; group < IPV6_GROUPS; group++) {
    length = bytes[at + 2 * group] === 0 && bytes[at + 2 * group + 1] === 0 ? length + 1 : 0;
    if (length > 1 && length > (best & 15)) best = ((group + 1 - length) << 4) | length;
  }
  return best;
}

function appendGroup(log: LineBuffer, value: number): void {
  let digits = 0;
  for (let shift = 12; shift >= 0; shift -= 4) {
    const nibble = (value >>> shift) & 15;
    if (nibble !== 0 || digits > 0 || shift === 0) scratch[digits++] = HEX[nibble];
  }
  log.appendBytes(scratch, 0, digits);
}

// Names between presentation form and wire form (RFC 1035 §5.1, §3.1). Cold: set-up, logs, tests.

import { MAX_NAME_BYTES } from './constants.ts';

/** A text that is no domain name; `message` says why. */
export class NameError extends Error {
  readonly code = 'ERR_NAME';
  override readonly name = 'NameError';
}

/** Characters of a label that stand behind a backslash in presentation form. */
const ESCAPED = '."\\();@ \'';

/** Wire form, root octet included, letters as given. Understands `\.` and `\DDD`; a missing final dot is added. Throws NameError. */
export function encodeName(text: string): Uint8Array {
  if (text === '.') return new Uint8Array(1);
  const wire: number[] = [];
  let label: number[] = [];
  const octets = octetsOf(text);
  for (const octet of octets) {
    if (octet >= 0) {
      label.push(octet);
      continue;
    }
    appendLabel(wire, label, text);
    label = [];
  }
  if (label.length > 0) appendLabel(wire, label, text);
  wire.push(0);
  if (wire.length > MAX_NAME_BYTES) throw new NameError(`name is longer than ${MAX_NAME_BYTES} octets: ${text}`);
  return Uint8Array.from(wire);
}

/** Octets of the text; -1 stands for a dot between labels. */
function octetsOf(text: string): number[] {
  const octets: number[] = [];
  const raw = new TextEncoder().encode(text);
  for (let i = 0; i < raw.length; i++) {
    if (raw[i] === 0x2e) octets.push(-1);
    else if (raw[i] !== 0x5c) octets.push(raw[i]);
    else {
      const digits = /^\d{3}/.exec(String.fromCharCode(...raw.subarray(i + 1, i + 4)));
      if (digits !== null && Number(digits[0]) < 256) {
        octets.push(Number(digits[0]));
        i += 3;
      } else if (i + 1 < raw.length) octets.push(raw[++i]);
    }
  }
  return octets;
}

function appendLabel(wire: number[], label: readonly number[], text: string): void {
  if (label.length === 0) throw new NameError(`empty label in name: ${text}`);
  if (label.length > 63) throw new NameError(`label is longer than 63 octets: ${text}`);
  wire.push(label.length, ...label);
}

/** Presentation form of the uncompressed wire name at `bytes[at…]`, with the final dot and zone-file escapes (spec B4). */
export function decodeName(bytes: Uint8Array, at = 0): string {
  if (bytes[at] === 0) return '.';
  let text = '';
  for (let i = at; i < bytes.length && bytes[i] !== 0; i += bytes[i] + 1) {
    for (let j = i + 1; j <= i + bytes[i]; j++) text += escapeOctet(bytes[j]);
    text += '.';
  }
  return text;
}

function escapeOctet(octet: number): string {
  const char = String.fromCharCode(octet);
  if (octet < 0x20 || octet > 0x7e) return `\\${String(octet).padStart(3, '0')}`;
  return ESCAPED.includes(char) ? `\\${char}` : char;
}

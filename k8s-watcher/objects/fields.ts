// Checked access to plain JSON: every getter names the field when it is not what it should be. Used by decode.ts. Cold.

import { formatAddress, readAddress } from '#native/address.ts';
import { ObjectError } from '../errors.ts';

const NO_FIELDS: Readonly<Record<string, unknown>> = {};

/** True for `{…}` of JSON. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The value as it would stand in JSON, cut to a readable length. */
function quote(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 80 ? `${text.slice(0, 77)}…` : text;
}

/**
 * One object within a manifest. `null` counts as absent everywhere, as the API server has it. All getters throw ObjectError:
 * `Service default/web: spec.ports[0].port: "http" is not an integer within 1…65535`.
 */
export class Fields {
  /** What messages begin with. */
  readonly subject: string;
  readonly #value: Readonly<Record<string, unknown>>;
  readonly #path: string;

  constructor(value: unknown, subject: string, path = '') {
    this.subject = subject;
    this.#path = path;
    this.#value = isRecord(value) ? value : NO_FIELDS;
    if (!isRecord(value) && value !== undefined && value !== null) throw this.#error(path, value, 'an object');
  }

  /** The same fields under another subject: once the object's name is known. */
  about(subject: string): Fields {
    return new Fields(this.#value, subject, this.#path);
  }

  has(key: string): boolean {
    return this.#value[key] !== undefined && this.#value[key] !== null;
  }

  /** The object in that field; one without fields when it is absent. */
  fields(key: string): Fields {
    return new Fields(this.#value[key], this.subject, this.#at(key));
  }

  /** The objects in that list. */
  each(key: string): Fields[] {
    return this.#list(key).map((item, index) => new Fields(item, this.subject, `${this.#at(key)}[${index}]`));
  }

  /** '' when absent. */
  text(key: string): string {
    return this.#text(this.#value[key] ?? '', this.#at(key));
  }

  texts(key: string): string[] {
    return this.#list(key).map((item, index) => this.#text(item, `${this.#at(key)}[${index}]`));
  }

  flag(key: string, absent: boolean): boolean {
    const value = this.#value[key] ?? absent;
    if (typeof value !== 'boolean') throw this.#error(this.#at(key), value, 'true or false');
    return value;
  }

  /** An integer within the limits, or `absent`. */
  integer(key: string, least: number, most: number, absent: number): number {
    const value = this.#value[key] ?? absent;
    if (typeof value !== 'number') throw this.#error(this.#at(key), value, `an integer within ${least}…${most}`);
    if (value === absent) return value;
    if (!Number.isInteger(value) || value < least || value > most)
      throw this.#error(this.#at(key), value, `an integer within ${least}…${most}`);
    return value;
  }

  /** A text that `accepts` says is `what`; '' when absent. */
  matching(key: string, accepts: (text: string) => boolean, what: string): string {
    const text = this.text(key);
    if (text !== '' && !accepts(text)) throw this.#error(this.#at(key), text, what);
    return text;
  }

  /** Texts by key. */
  labels(key: string): Record<string, string> {
    const labels: Record<string, string> = {};
    const value = this.#value[key] ?? NO_FIELDS;
    if (!isRecord(value)) throw this.#error(this.#at(key), value, 'an object');
    for (const [name, text] of Object.entries(value))
      labels[name] = this.#text(text ?? '', `${this.#at(key)}[${JSON.stringify(name)}]`);
    return labels;
  }

  /** Octets of the IP addresses in that list. */
  addresses(key: string): Uint8Array[] {
    return this.texts(key).map((text, index) => this.#address(text, `${this.#at(key)}[${index}]`));
  }

  /** Octets of the IP address in that field, or undefined. */
  address(key: string): Uint8Array | undefined {
    const text = this.text(key);
    return text === '' ? undefined : this.#address(text, this.#at(key));
  }

  /** An error about one field of this object. */
  error(key: string, message: string): ObjectError {
    return new ObjectError(`${this.subject}: ${this.#at(key)}: ${message}`);
  }

  #address(text: string, path: string): Uint8Array {
    const octets = octetsOf(text);
    if (octets === undefined) throw this.#error(path, text, 'an IP address');
    return octets;
  }

  #list(key: string): readonly unknown[] {
    const value = this.#value[key] ?? [];
    if (!Array.isArray(value)) throw this.#error(this.#at(key), value, 'a list');
    return value;
  }

  #text(value: unknown, path: string): string {
    if (typeof value !== 'string') throw this.#error(path, value, 'a text');
    return value;
  }

  #at(key: string): string {
    return this.#path === '' ? key : `${this.#path}.${key}`;
  }

  #error(path: string, value: unknown, wanted: string): ObjectError {
    const where = path === '' ? this.subject : `${this.subject}: ${path}`;
    return new ObjectError(`${where}: ${quote(value)} is not ${wanted}`);
  }
}

/** 4 or 16 octets, or undefined for what is no IP address. */
export function octetsOf(text: string): Uint8Array | undefined {
  if (text.includes('%')) return undefined;
  try {
    return readAddress(text).octets;
  } catch {
    return undefined;
  }
}

/** The usual text of an address of 4 or 16 octets. */
export function textOf(address: Uint8Array): string {
  return formatAddress(address, 0, address.length === 4 ? 4 : 6, 0);
}

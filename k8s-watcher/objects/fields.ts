// Checked access to plain JSON: every getter names the field when it is not what it should be. Used by decode.ts. Cold.

import { ObjectError } from '../errors.ts';
import { quote } from './refusal.ts';

const NO_FIELDS: Readonly<Record<string, unknown>> = {};

/** True for `{…}` of JSON. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
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
    const value = this.#value[key] ?? '';
    return typeof value === 'string' ? value : this.#text(value, this.#at(key));
  }

  texts(key: string): string[] {
    return this.#list(key).map((item, index) => this.#text(item, `${this.#at(key)}[${index}]`));
  }

  flag(key: string, absent: boolean): boolean {
    const value = this.#value[key] ?? absent;
    if (typeof value !== 'boolean') throw this.#error(this.#at(key), value, 'true or false');
    return value;
  }

  /** A number, or `absent`; `wanted` says in messages what it should be. */
  number(key: string, wanted: string, absent: number): number {
    const value = this.#value[key] ?? absent;
    if (typeof value !== 'number') throw this.#error(this.#at(key), value, wanted);
    return value;
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

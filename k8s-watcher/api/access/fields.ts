// Fields of a kubeconfig or of what a credential program prints, with errors that name their place. Cold.

import { ApiConfigError } from '../errors.ts';

/** A map whose place is known. Missing and null are the same everywhere; values never appear in errors: they may be secret. */
export class Fields {
  /** Begins every error: `kubeconfig FILE: user "x"`. */
  readonly where: string;
  readonly #values: Readonly<Record<string, unknown>>;

  constructor(where: string, value: unknown) {
    this.where = where;
    if (typeof value !== 'object' || value === null || Array.isArray(value)) this.fail('should be a map of fields');
    this.#values = value as Readonly<Record<string, unknown>>;
  }

  /** '' when missing. */
  text(name: string): string {
    const value = this.value(name);
    if (value !== null && typeof value !== 'string') this.fail(`${name} should be a text`);
    return value ?? '';
  }

  flag(name: string): boolean {
    const value = this.value(name);
    if (value !== null && typeof value !== 'boolean') this.fail(`${name} should be true or false`);
    return value ?? false;
  }

  /** [] when missing. */
  texts(name: string): string[] {
    return this.#list(name).map((value) => {
      if (typeof value !== 'string') this.fail(`${name} should be a list of texts`);
      return value;
    });
  }

  child(name: string): Fields | null {
    const value = this.value(name);
    return value === null ? null : new Fields(`${this.where}: ${name}`, value);
  }

  children(name: string): Fields[] {
    return this.#list(name).map((value, i) => new Fields(`${this.where}: ${name}[${i}]`, value));
  }

  /** Names of the fields that are there. */
  names(): string[] {
    return Object.keys(this.#values).filter((name) => this.value(name) !== null);
  }

  value(name: string): unknown {
    return Object.hasOwn(this.#values, name) ? (this.#values[name] ?? null) : null;
  }

  fail(what: string): never {
    throw new ApiConfigError(`${this.where}: ${what}`);
  }

  #list(name: string): unknown[] {
    const value = this.value(name);
    if (value !== null && !Array.isArray(value)) this.fail(`${name} should be a list`);
    return value ?? [];
  }
}

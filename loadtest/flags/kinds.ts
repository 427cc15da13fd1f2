// The kinds of flags that the commands of loadtest have: how a value is read, and what is said of one that is none. Cold.

import { isIP } from 'node:net';

/** One flag of a command, and how its value is read. */
export interface Flag<T> {
  /** Stands for the value in the help text; '' for a switch, which takes none. */
  readonly placeholder: string;
  readonly help: string;
  /** What a command gets that is not told otherwise. Absent: the flag must be given. */
  readonly initial?: { readonly value: T };
  /** @throws Error whose message says what is allowed */
  readonly read: (text: string) => T;
}

/** Where a server listens. */
export interface Endpoint {
  readonly address: string;
  readonly port: number;
  readonly family: 4 | 6;
}

interface Range {
  readonly min: number;
  readonly max: number;
}

/** Any text but an empty one; must be given. */
export function text(placeholder: string, help: string): Flag<string> {
  const read = (given: string): string => {
    if (given === '') throw new Error('a text that is not empty');
    return given;
  };
  return { placeholder, help, read };
}

/** A whole number. */
export function count(placeholder: string, help: string, { value, min, max }: Range & { value: number }): Flag<number> {
  const read = (given: string): number => {
    const number = Number(given);
    if (!/^\d+$/.test(given) || number < min || number > max) throw new Error(`a whole number from ${min} to ${max}`);
    return number;
  };
  return { placeholder, help, read, initial: { value } };
}

/** A number that may have decimals. */
export function decimal(placeholder: string, help: string, range: Range & { value: number }): Flag<number> {
  const { value, min, max } = range;
  const read = (given: string): number => {
    const number = Number(given);
    if (!/^\d*\.?\d+$/.test(given) || number < min || number > max) throw new Error(`a number from ${min} to ${max}`);
    return number;
  };
  return { placeholder, help, read, initial: { value } };
}

/** One of some words. */
export function choice<W extends string>(words: readonly W[], help: string, value: W): Flag<W> {
  const read = (given: string): W => {
    const word = words.find((candidate) => candidate === given);
    if (word === undefined) throw new Error(`one of ${words.join(', ')}`);
    return word;
  };
  return { placeholder: words.join('|'), help, read, initial: { value } };
}

/** Given or not. */
export function toggle(help: string): Flag<boolean> {
  return { placeholder: '', help, read: () => true, initial: { value: false } };
}

/** `127.0.0.1:1053` or `[::1]:1053`; must be given. */
export function endpoint(help: string): Flag<Endpoint> {
  return { placeholder: 'ADDRESS:PORT', help, read: readEndpoint };
}

/** @throws Error that says what is allowed */
function readEndpoint(given: string): Endpoint {
  const match = /^(?:\[([^\]]+)\]|([^:]+)):(\d+)$/.exec(given);
  const address = match?.[1] ?? match?.[2] ?? '';
  const family = isIP(address);
  const port = Number(match?.[3]);
  const bracketed = match?.[1] !== undefined;
  if ((family !== 4 && family !== 6) || bracketed !== (family === 6) || port < 1 || port > 65_535)
    throw new Error('an IP address and a port, such as 127.0.0.1:53 or [::1]:53');
  return { address, port, family };
}

/** Process ids with commas between them; none unless given. */
export function processIds(help: string): Flag<readonly number[]> {
  const read = (given: string): readonly number[] => {
    if (!/^[1-9]\d*(,[1-9]\d*)*$/.test(given)) throw new Error('process ids with commas between them, such as 17,18');
    return given.split(',').map(Number);
  };
  return { placeholder: 'PID[,PID…]', help, read, initial: { value: [] } };
}

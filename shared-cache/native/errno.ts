// errno as errors: numbers to names, and the texts that operators know from Go programs. Cold.

import { constants } from 'node:os';

/** Not imported: the module's facade would touch every export, among them parsers and debuggers (14 ms in every isolate). */
const { getSystemErrorMessage } = process.getBuiltinModule('node:util');

const NAMES: ReadonlyMap<number, string> = new Map(
  Object.entries(constants.errno)
    .filter(([name]) => name !== 'EWOULDBLOCK' && name !== 'EOPNOTSUPP')
    .map(([name, number]) => [number, name]),
);

/** Where Go's text differs from what Node says; the other texts are the same. */
const GO_TEXTS: Readonly<Record<string, string>> = {
  EADDRNOTAVAIL: 'cannot assign requested address',
  EAFNOSUPPORT: 'address family not supported by protocol',
  EHOSTUNREACH: 'no route to host',
  ENOTSUP: 'operation not supported',
  ENOMEM: 'cannot allocate memory',
  EMSGSIZE: 'message too long',
  ETIMEDOUT: 'connection timed out',
};

/** `EADDRINUSE` for 98; `E4242` for a number without a name. */
export function errorName(errno: number): string {
  return NAMES.get(errno) ?? `E${errno}`;
}

/** `address already in use` for `EADDRINUSE`; the code itself when it is not known. */
export function errorText(code: string): string {
  const number = (constants.errno as Readonly<Record<string, number>>)[code];
  if (number === undefined) return code;
  return GO_TEXTS[code] ?? getSystemErrorMessage(-number);
}

/** A failed system call. */
export class SystemError extends Error {
  override readonly name = 'SystemError';
  /** `EADDRINUSE` and the like. */
  readonly code: string;
  readonly syscall: string;
  /** What the call was about, in the form `:53`, `127.0.0.1:53`, `[::1]:53`. */
  readonly address: string | undefined;

  constructor(code: string, syscall: string, address?: string, message?: string) {
    super(message ?? `${syscall}${address === undefined ? '' : ` ${address}`}: ${errorText(code)}`);
    this.code = code;
    this.syscall = syscall;
    this.address = address;
  }
}

/** `:53` for a wildcard, `127.0.0.1:53`, `[::1]:53`. */
export function endpoint(address: string, port: number): string {
  const wildcard = address === '' || address === '0.0.0.0' || address === '::';
  return `${wildcard ? '' : address.includes(':') ? `[${address}]` : address}:${port}`;
}

/**
 * Why a port could not be opened, in Go's words: `listen udp :53: bind: address already in use`.
 * `syscall` is the call that failed, as a rule `bind` or `socket`; Node reports bind failures of TCP as `listen`.
 */
export function listenError(
  network: 'tcp' | 'udp',
  address: string,
  port: number,
  code: string,
  syscall = 'bind',
): SystemError {
  const at = endpoint(address, port);
  const call = syscall === 'listen' && code !== 'EINVAL' ? 'bind' : syscall;
  return new SystemError(code, call, at, `listen ${network} ${at}: ${call}: ${errorText(code)}`);
}

// The only door to koffi: libc functions with exact types. Loaded on first use; whoever calls must do without it when it is not there. Cold (the calls themselves are hot).

import { createRequire } from 'node:module';
import { endianness } from 'node:os';

/**
 * Functions of libc that Shoal uses. All return -1 on failure and leave the reason in `errno()`.
 * Pointers of hot calls are BigInts made in advance, because making one allocates; pointers of cold calls are typed arrays.
 */
export interface Ffi {
  socket(domain: number, type: number, protocol: number): number;
  setsockopt(fd: number, level: number, option: number, value: Uint8Array, length: number): number;
  getsockopt(fd: number, level: number, option: number, value: Uint8Array, length: Uint8Array): number;
  bind(fd: number, address: Uint8Array, length: number): number;
  connect(fd: number, address: Uint8Array, length: number): number;
  getsockname(fd: number, address: Uint8Array, length: Uint8Array): number;
  dup3(from: number, to: number, flags: number): number;
  close(fd: number): number;
  epollCreate(flags: number): number;
  epollControl(epoll: number, operation: number, fd: number, event: Uint8Array): number;
  epollWait(epoll: number, events: bigint, count: number, milliseconds: number): number;
  memfdCreate(name: string, flags: number): number;
  ftruncate(fd: number, bytes: number): number;
  fcntl(fd: number, command: number, argument: number): number;
  mmap(address: number, bytes: number, protection: number, flags: number, fd: number, offset: number): bigint;
  setAffinity(pid: number, bytes: number, mask: Uint8Array): number;
  /** `malloc_trim(3)`; undefined where libc has none (musl gives memory back by itself). */
  readonly trim: ((keep: number) => number) | undefined;
  /** `_exit(2)`. */
  exit(status: number): void;
  /** `syscall(2)` shaped for recvmmsg and sendmmsg: number, fd, headers, count, flags, timeout. */
  messages(number: number, fd: number, headers: bigint, count: number, flags: number, timeout: null): number;
  errno(): number;
  /** Address of the first byte of a view's memory. */
  address(view: Uint8Array): number;
  /** The memory at an address as a buffer; it is never freed. */
  view(address: bigint, bytes: number): ArrayBuffer;
}

type Koffi = typeof import('koffi');

/** Numbers of the two system calls that glibc and musl wrap differently: musl's sendmmsg sends one by one. */
const SYSCALLS: Readonly<Record<string, { readonly recvmmsg: number; readonly sendmmsg: number }>> = {
  x64: { recvmmsg: 299, sendmmsg: 307 },
  arm64: { recvmmsg: 243, sendmmsg: 269 },
};
export const SYS_RECVMMSG: number = SYSCALLS[process.arch]?.recvmmsg ?? -1;
export const SYS_SENDMMSG: number = SYSCALLS[process.arch]?.sendmmsg ?? -1;

/** glibc, musl by its loader's name, then whatever the process itself is linked to. */
const LIBRARIES: readonly (string | null)[] = [
  'libc.so.6',
  process.arch === 'arm64' ? 'libc.musl-aarch64.so.1' : 'libc.musl-x86_64.so.1',
  null,
];

/** Set to `off` to run without FFI, as on a platform that has none. */
const SWITCH = 'SHOAL_FFI';

let loaded: Ffi | undefined;
let reason: string | undefined;

/** The functions, or undefined where there are none; `ffiMissing()` then says why. */
export function ffi(): Ffi | undefined {
  if (loaded === undefined && reason === undefined) load();
  return loaded;
}

/** Why `ffi()` is undefined: one line for a log; undefined while it is there. */
export function ffiMissing(): string | undefined {
  return ffi() === undefined ? reason : undefined;
}

function load(): void {
  reason = unsupported();
  if (reason !== undefined) return;
  try {
    const koffi = createRequire(import.meta.url)('koffi') as Koffi;
    loaded = declare(koffi, openLibrary(koffi));
  } catch (error) {
    reason = error instanceof Error ? error.message.split('\n')[0] : String(error);
  }
}

function unsupported(): string | undefined {
  if (process.env[SWITCH] === 'off') return `switched off by ${SWITCH}=off`;
  if (process.platform !== 'linux') return `not on ${process.platform}, only on linux`;
  if (!(process.arch in SYSCALLS) || endianness() !== 'LE')
    return `not on ${process.arch}, only on ${Object.keys(SYSCALLS).join(' and ')}`;
  return undefined;
}

function openLibrary(koffi: Koffi): ReturnType<Koffi['load']> {
  let last: unknown;
  for (const name of LIBRARIES) {
    try {
      return koffi.load(name);
    } catch (error) {
      last = error;
    }
  }
  throw last;
}

function declare(koffi: Koffi, libc: ReturnType<Koffi['load']>): Ffi {
  return {
    socket: libc.func('int socket(int, int, int)'),
    setsockopt: libc.func('int setsockopt(int, int, int, void *, uint)'),
    getsockopt: libc.func('int getsockopt(int, int, int, void *, void *)'),
    bind: libc.func('int bind(int, void *, uint)'),
    connect: libc.func('int connect(int, void *, uint)'),
    getsockname: libc.func('int getsockname(int, void *, void *)'),
    dup3: libc.func('int dup3(int, int, int)'),
    close: libc.func('int close(int)'),
    epollCreate: libc.func('int epoll_create1(int)'),
    epollControl: libc.func('int epoll_ctl(int, int, int, void *)'),
    epollWait: libc.func('int epoll_wait(int, void *, int, int)'),
    memfdCreate: libc.func('int memfd_create(const char *, uint)'),
    ftruncate: libc.func('int ftruncate(int, int64_t)'),
    fcntl: libc.func('int fcntl(int, int, long)'),
    mmap: libc.func('void *mmap(intptr_t, size_t, int, int, int, int64_t)'),
    trim: optional(() => libc.func('int malloc_trim(size_t)')),
    exit: libc.func('void _exit(int)'),
    setAffinity: libc.func('int sched_setaffinity(int, size_t, void *)'),
    messages: libc.func('long syscall(long, long, void *, long, long, void *)'),
    errno: () => koffi.errno(),
    address: (view) => Number(koffi.address(view)),
    view: (address, bytes) => koffi.view(address, bytes),
  };
}

function optional<T>(declared: () => T): T | undefined {
  try {
    return declared();
  } catch {
    return undefined;
  }
}

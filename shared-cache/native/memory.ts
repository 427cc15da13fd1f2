// Memory that processes share: made by one, inherited as a file descriptor by the others, mapped by each. Cold.

import { errorName, SystemError } from './errno.ts';
import { type Ffi, ffi } from './ffi.ts';

/** How another thread or process finds the memory. A `buffer` reaches only threads of the same process. */
export type SegmentHandle =
  | { readonly kind: 'fd'; readonly fd: number; readonly bytes: number }
  | { readonly kind: 'buffer'; readonly buffer: SharedArrayBuffer };

const MFD_CLOEXEC = 1;
const MFD_ALLOW_SEALING = 2;
const F_ADD_SEALS = 1033;
const F_SEAL_SHRINK = 2;
const F_SEAL_GROW = 4;
const PROT_READ = 1;
const PROT_WRITE = 2;
const MAP_SHARED = 1;
const MAP_FAILED = -1n;
const MAP_FAILED_UNSIGNED = 2n ** 64n - 1n;

/**
 * New zeroed memory of fixed size, no page of which is taken before it is written to. `name` is seen in /proc/PID/maps.
 * Without FFI it is a SharedArrayBuffer.
 *
 * Children get it by a stdio slot: `spawn(…, { stdio: [0, 1, 2, handle.fd] })` makes it their descriptor 3.
 * The descriptor is closed on exec otherwise.
 * @throws SystemError, RangeError
 */
export function createMemory(name: string, bytes: number): SegmentHandle {
  if (!Number.isSafeInteger(bytes) || bytes < 1) throw new RangeError(`shared memory ${name}: bad size ${bytes}`);
  const calls = ffi();
  if (calls === undefined) return { kind: 'buffer', buffer: new SharedArrayBuffer(bytes) };
  const fd = calls.memfdCreate(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
  if (fd < 0) throw failure(calls, 'memfd_create', name);
  if (calls.ftruncate(fd, bytes) < 0) throw closing(calls, fd, failure(calls, 'ftruncate', name));
  // A process that shrank it would kill the others with SIGBUS.
  if (calls.fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW) < 0)
    throw closing(calls, fd, failure(calls, 'fcntl', name));
  return { kind: 'fd', fd, bytes };
}

/**
 * The memory itself. Every call maps it anew and the mapping lasts as long as the process; map once a thread.
 * A mapping that is not `writable` kills the process when it is written to; a buffer cannot be protected.
 * @throws SystemError; Error when the handle cannot be mapped here
 */
export function mapMemory(handle: SegmentHandle, options: { readonly writable: boolean }): ArrayBufferLike {
  if (handle.kind === 'buffer') return handle.buffer;
  const calls = ffi();
  if (calls === undefined) throw new Error(`shared memory: descriptor ${handle.fd} cannot be mapped without FFI`);
  const protection = options.writable ? PROT_READ | PROT_WRITE : PROT_READ;
  const address = calls.mmap(0, handle.bytes, protection, MAP_SHARED, handle.fd, 0);
  if (address === MAP_FAILED || address === MAP_FAILED_UNSIGNED) throw failure(calls, 'mmap', `fd ${handle.fd}`);
  return calls.view(address, handle.bytes);
}

function failure(calls: Ffi, syscall: string, about: string): SystemError {
  return new SystemError(errorName(calls.errno()), syscall, about);
}

function closing(calls: Ffi, fd: number, error: SystemError): SystemError {
  calls.close(fd);
  return error;
}

// Layouts that recvmmsg and sendmmsg work on, as 64-bit little-endian Linux has them. Used by inbox and outbox.

/**
 * ```
 * 0   name pointer u64 · 8 name length u32 · 12 –
 * 16  iovec pointer u64 · 24 iovecs u64
 * 32  control pointer u64 · 40 control length u64
 * 48  flags i32 · 52 –                                struct msghdr ends
 * 56  octets received or sent u32 · 60 –              struct mmsghdr
 * ```
 */
export const HEADER = {
  NAME: 0,
  NAME_LENGTH: 8,
  IOVEC: 16,
  IOVECS: 24,
  CONTROL: 32,
  CONTROL_LENGTH: 40,
  FLAGS: 48,
  OCTETS: 56,
} as const;
export const HEADER_BYTES = 64;

/** `struct iovec`: pointer u64, length u64. */
export const IOVEC = { POINTER: 0, LENGTH: 8 } as const;
export const IOVEC_BYTES = 16;

/** In flags: the datagram was longer than its slot. */
export const MSG_TRUNC = 0x20;
/** Argument of both calls: do not wait. */
export const MSG_DONTWAIT = 0x40;

/** Writes an address of the arena's range at `at`. Cold: hot code stores the two halves itself. */
export function writePointer(words: Uint32Array, at: number, address: number): void {
  words[at >> 2] = address % 2 ** 32;
  words[(at >> 2) + 1] = Math.floor(address / 2 ** 32);
}

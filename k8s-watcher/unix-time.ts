// The time that serials and kept states are in. Cold.

/** Now, in whole seconds since 1970. */
export function unixTime(): number {
  return Math.floor(Date.now() / 1000);
}

// Sets of reply codes (failover, next) as bits, to be looked up without a list. Hot: hasBit.

/** Codes below 32 as bits; larger ones are none that anybody can name. */
export function maskOf(rcodes: readonly number[]): number {
  return rcodes.reduce((mask, rcode) => mask | (1 << rcode), 0);
}

export function hasBit(mask: number, rcode: number): boolean {
  return rcode < 32 && ((mask >>> rcode) & 1) === 1;
}

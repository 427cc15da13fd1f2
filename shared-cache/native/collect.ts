// Gives memory back that only the start needed. Cold.

/**
 * Collects everything that can be collected in the calling thread, once, some time after it has come up: what was loaded and compiled leaves
 * some 10 MB in every isolate, which a thread that allocates nothing would keep for ever. Does nothing without `--expose-gc`.
 */
export function collectLater(milliseconds: number): void {
  const timer = setTimeout(
    () => globalThis.gc?.({ type: 'major', execution: 'sync', flavor: 'last-resort' }),
    milliseconds,
  );
  timer.unref();
}

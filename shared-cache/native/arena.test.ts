import assert from 'node:assert/strict';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync, readSync } from 'node:fs';
import { constants, type PerformanceNodeEntry, PerformanceObserver } from 'node:perf_hooks';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { MAX_ARENA_BYTES, openArena } from './arena.ts';
import { ffiMissing } from './ffi.ts';

const HALF_GIB = 512 * 1024 * 1024;
const MIB = 1024 * 1024;
/** Of x64; on arm64 the kernel may have larger ones. */
const PAGE = 4096;
const linux = process.platform === 'linux' ? false : 'needs /proc';

/** How many pages of a range are in memory. */
function resident(address: number, octets: number): number {
  const pages = Math.floor(octets / PAGE);
  const entries = new BigUint64Array(pages);
  const pagemap = openSync('/proc/self/pagemap', 'r');
  try {
    readSync(pagemap, entries, 0, pages * 8, Math.ceil(address / PAGE) * 8);
  } finally {
    closeSync(pagemap);
  }
  return entries.reduce((count, entry) => count + Number(entry >> 63n), 0);
}

function addressSpace(): number {
  return Number(/^VmSize:\s+(\d+)/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]) * 1024;
}

test('allocations are zeroed, aligned, apart, and never at 0', () => {
  const arena = openArena(65_536);
  let end = 0;
  for (const [size, align] of [
    [1, 1],
    [3, 8],
    [100, 64],
    [0, 16],
    [8, 4096],
  ]) {
    const at = arena.allocate(size, align);
    assert.ok(at > 0 && at >= end, `${size} octets at ${at}`);
    assert.equal((arena.base + at) % align, 0, `${size} octets aligned to ${align}`);
    assert.ok(arena.bytes.subarray(at, at + size).every((octet) => octet === 0));
    end = at + size;
  }
  assert.equal(arena.used, end);
});

test('bytes and words are the same memory', () => {
  const arena = openArena(4096);
  const at = arena.allocate(8, 8);
  arena.words[at >> 2] = 0x01020304;
  assert.deepEqual([...arena.bytes.subarray(at, at + 4)], [4, 3, 2, 1]);
});

test('a full arena says how much was asked for and what is left', () => {
  const arena = openArena(4096);
  arena.allocate(4000, 16);
  assert.throws(() => arena.allocate(100, 16), new RangeError('arena full: 100 octets asked for, 32 of 4096 left'));
  assert.ok(arena.allocate(16, 16) > 0);
});

for (const bytes of [0, -1, 4095, 5000.5, MAX_ARENA_BYTES + 1]) {
  test(`an arena of ${bytes} octets is refused`, () => assert.throws(() => openArena(bytes), RangeError));
}

test('the upper half of the address is the same all over the arena', { skip: ffiMissing() }, () => {
  for (let i = 0; i < 20; i++) {
    const { base, bytes } = openArena(HALF_GIB);
    assert.ok(base > 0 && Number.isSafeInteger(base));
    assert.equal(Math.floor(base / 2 ** 32), Math.floor((base + bytes.length - 1) / 2 ** 32));
  }
});

test('half a GiB touches no page before it is written to', { skip: ffiMissing() }, () => {
  const arena = openArena(HALF_GIB);
  assert.equal(resident(arena.base, HALF_GIB - PAGE), 0);
  const at = arena.allocate(8 * MIB, PAGE);
  for (let page = at; page < at + 8 * MIB; page += PAGE) arena.bytes[page] = 1;
  assert.equal(resident(arena.base, HALF_GIB - PAGE), (8 * MIB) / PAGE);
});

test('half a GiB does not make the collector run again and again', async () => {
  let major = 0;
  const observer = new PerformanceObserver((list) => {
    for (const { detail } of list.getEntries() as PerformanceNodeEntry[])
      if (detail?.kind === constants.NODE_PERFORMANCE_GC_MAJOR) major++;
  });
  observer.observe({ entryTypes: ['gc'] });
  const arena = openArena(HALF_GIB);
  let kept: number[] = [];
  for (let i = 0; i < 1_000_000; i++) kept = [i, kept.length];
  await new Promise((resolve) => setTimeout(resolve, 0));
  observer.disconnect();
  assert.ok(arena.bytes.length === HALF_GIB && kept.length === 2);
  assert.ok(major <= 3, `${major} full collections`);
});

test('a thread that is terminated gives its arena back', { skip: linux }, async () => {
  const source = `
    const { parentPort } = require('node:worker_threads');
    import(${JSON.stringify(import.meta.resolve('./arena.ts'))}).then(({ openArena }) => {
      globalThis.arena = openArena(${HALF_GIB});
      globalThis.arena.bytes.fill(1, 0, ${16 * MIB});
      setInterval(() => {}, 1000);
      parentPort.postMessage('ready');
    });`;
  const run = async (): Promise<void> => {
    const worker = new Worker(source, { eval: true });
    await once(worker, 'message');
    await worker.terminate();
  };
  await run();
  const before = addressSpace();
  for (let i = 0; i < 3; i++) await run();
  assert.ok(addressSpace() - before < HALF_GIB, 'less than one of three is still mapped');
});

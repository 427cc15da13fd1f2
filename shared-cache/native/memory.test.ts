import assert from 'node:assert/strict';
import { once } from 'node:events';
import { closeSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { ffi, ffiMissing } from './ffi.ts';
import { createMemory, mapMemory, type SegmentHandle } from './memory.ts';

const skip = ffiMissing();

function descriptor(handle: SegmentHandle): number {
  assert.equal(handle.kind, 'fd');
  return handle.kind === 'fd' ? handle.fd : -1;
}

test('two mappings are the same zeroed memory', { skip }, () => {
  const handle = createMemory('test', 8192);
  const first = new Uint8Array(mapMemory(handle, { writable: true }));
  const second = new Uint8Array(mapMemory(handle, { writable: false }));
  assert.notEqual(first.buffer, second.buffer);
  assert.ok(first.length === 8192 && first.every((octet) => octet === 0));
  first[8191] = 7;
  assert.equal(second[8191], 7);
  closeSync(descriptor(handle));
  first[0] = 1;
  assert.equal(second[0], 1, 'a mapping outlives the descriptor');
});

test('the memory has a name and no page before it is written to', { skip }, () => {
  const handle = createMemory('shoal-answers', 64 * 1024 * 1024);
  mapMemory(handle, { writable: true });
  const maps = readFileSync('/proc/self/smaps', 'utf8');
  const entry = maps.slice(maps.indexOf('memfd:shoal-answers'));
  assert.match(entry, /^Rss:\s+0 kB$/m);
  closeSync(descriptor(handle));
});

test('nobody can make it shorter or longer', { skip }, () => {
  const handle = createMemory('test', 8192);
  for (const bytes of [4096, 16_384]) {
    assert.equal(ffi()?.ftruncate(descriptor(handle), bytes), -1);
    assert.equal(ffi()?.errno(), 1, 'EPERM');
  }
  closeSync(descriptor(handle));
});

test('threads of the process map the descriptor that they are told', { skip }, async () => {
  const handle = createMemory('test', 4096);
  const cells = new Int32Array(mapMemory(handle, { writable: true }));
  const source = `
    const { parentPort, workerData } = require('node:worker_threads');
    import(${JSON.stringify(import.meta.resolve('./memory.ts'))}).then(({ mapMemory }) => {
      const cells = new Int32Array(mapMemory(workerData, { writable: true }));
      for (let i = 0; i < 50000; i++) Atomics.add(cells, 3, 1);
      parentPort.postMessage('done');
    });`;
  const worker = new Worker(source, { eval: true, workerData: handle });
  const exit = once(worker, 'exit');
  for (let i = 0; i < 50_000; i++) Atomics.add(cells, 3, 1);
  await exit;
  assert.equal(cells[3], 100_000);
  closeSync(descriptor(handle));
});

test('a buffer is its own mapping', () => {
  const handle: SegmentHandle = { kind: 'buffer', buffer: new SharedArrayBuffer(64) };
  assert.equal(mapMemory(handle, { writable: true }), handle.buffer);
});

test('a descriptor that is not open is refused', { skip }, () => {
  assert.throws(() => mapMemory({ kind: 'fd', fd: 9999, bytes: 4096 }, { writable: true }), {
    code: 'EBADF',
    message: 'mmap fd 9999: bad file descriptor',
  });
});

for (const bytes of [0, -1, 1.5, Number.NaN, 2 ** 60]) {
  test(`a size of ${bytes} is refused`, () => assert.throws(() => createMemory('test', bytes), /test|ftruncate/));
}

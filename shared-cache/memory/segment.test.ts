import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync } from 'node:fs';
import { test } from 'node:test';
import { ffiMissing } from '#native/ffi.ts';
import type { SegmentHandle } from '#native/memory.ts';
import { SEGMENT_HEADER_BYTES, SEGMENT_VERSION, Segment, SegmentError } from './segment.ts';

/** A segment without descriptors, as where there is no FFI. */
function bufferHandle(bytes: number): SegmentHandle {
  const { handle, u8 } = Segment.create('test', bytes);
  const buffer = new SharedArrayBuffer(u8.length);
  new Uint8Array(buffer).set(u8);
  if (handle.kind === 'fd') closeSync(handle.fd);
  return { kind: 'buffer', buffer };
}

test('all views are the same zeroed memory behind a header', () => {
  const segment = Segment.create('test', 1000);
  assert.equal(segment.u8.length, 1000);
  assert.equal(segment.u32.length, 250);
  assert.equal(segment.i32.length, 250);
  assert.equal(segment.f64.length, 125);
  assert.ok(segment.u8.subarray(SEGMENT_HEADER_BYTES).every((octet) => octet === 0));
  segment.i32[16] = -1;
  assert.deepEqual([...segment.u8.subarray(64, 68)], [255, 255, 255, 255]);
  assert.equal(segment.u32[16], 0xffffffff);
  assert.equal(new TextDecoder().decode(segment.u8.slice(0, 4)), 'Shoa');
});

test('sizes are rounded up to whole words', () => {
  assert.equal(Segment.create('test', 1001).u8.length, 1008);
});

test('a segment smaller than its header is refused', () => {
  assert.throws(() => Segment.create('zones', 63), /segment zones: 63 octets are less than its header/);
});

test('a second mapping sees what the first one writes', () => {
  const first = Segment.create('test', 4096);
  const second = Segment.map(first.handle, false);
  Atomics.store(first.u32, 20, 77);
  assert.equal(Atomics.load(second.u32, 20), 77);
});

test('what is no segment is refused', () => {
  const handle: SegmentHandle = { kind: 'buffer', buffer: new SharedArrayBuffer(4096) };
  assert.throws(() => Segment.map(handle, true), new SegmentError('segment: magic 0 instead of 616f6853'));
});

test('another version is refused by name', () => {
  const handle = bufferHandle(4096);
  if (handle.kind === 'buffer') new Uint32Array(handle.buffer)[1] = SEGMENT_VERSION + 1;
  const text = `segment: layout version ${SEGMENT_VERSION + 1}, this program reads version ${SEGMENT_VERSION}`;
  assert.throws(() => Segment.map(handle, true), new SegmentError(text));
});

test('a handle of another size is refused', { skip: ffiMissing() }, () => {
  const { handle } = Segment.create('test', 8192);
  assert.ok(handle.kind === 'fd');
  assert.throws(
    () => Segment.map({ ...handle, bytes: 4096 }, true),
    new SegmentError('segment: 8192 octets long, but mapped with 4096'),
  );
});

test('a child that inherited the descriptor reads and writes the same memory', { skip: ffiMissing() }, async () => {
  const segment = Segment.create('test', 4096);
  const { handle } = segment;
  assert.ok(handle.kind === 'fd');
  segment.u32[16] = 41;
  const source = `
    import { Segment } from ${JSON.stringify(import.meta.resolve('./segment.ts'))};
    const segment = Segment.map({ kind: 'fd', fd: 3, bytes: 4096 }, true);
    segment.u32[17] = segment.u32[16] + 1;
    Atomics.store(segment.i32, 18, 1);
    process.stdin.once('data', () => process.exit(segment.u32[19]));`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', source], {
    stdio: ['pipe', 'inherit', 'inherit', handle.fd],
  });
  const exit = once(child, 'exit');
  for (let tries = 0; Atomics.load(segment.i32, 18) === 0 && tries < 500; tries++) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  assert.equal(segment.u32[17], 42, 'the child has seen 41 and written 42');
  segment.u32[19] = 5;
  child.stdin?.write('go');
  assert.deepEqual(await exit, [5, null], 'the child has seen what was written while it ran');
});

test('a child that may only read is ended when it writes', { skip: ffiMissing() }, async () => {
  const { handle } = Segment.create('test', 4096);
  assert.ok(handle.kind === 'fd');
  const source = `
    import { Segment } from ${JSON.stringify(import.meta.resolve('./segment.ts'))};
    Segment.map({ kind: 'fd', fd: 3, bytes: 4096 }, false).u32[16] = 1;`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', source], {
    stdio: ['ignore', 'ignore', 'ignore', handle.fd],
  });
  const [, signal] = await once(child, 'exit');
  assert.equal(signal, 'SIGSEGV');
});

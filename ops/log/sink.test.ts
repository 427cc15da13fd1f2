import assert from 'node:assert/strict';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { BROKEN, openSink, WOULD_BLOCK } from './sink.ts';
import { TestPipe } from './testing.ts';

const LINE = Buffer.from('[INFO] x\n');

describe('a pipe', () => {
  it('takes bytes, and is written to in pieces of PIPE_BUF', () => {
    const pipe = new TestPipe();
    const sink = openSink(pipe.writer);
    assert.equal(sink.atomicBytes, 4096);
    assert.equal(sink.write(LINE, 0, LINE.length), LINE.length);
    assert.equal(sink.write(LINE, 1, 5), 4);
    assert.equal(pipe.read(), '[INFO] x\nINFO');
    sink.close();
    pipe.close();
  });

  it('says WOULD_BLOCK when full although the descriptor itself blocks, and takes bytes again later', () => {
    const pipe = new TestPipe();
    const sink = openSink(pipe.writer);
    const piece = new Uint8Array(4096);
    let writes = 0;
    while (sink.write(piece, 0, piece.length) > 0 && writes < 1000) writes++;
    assert.equal(sink.write(piece, 0, piece.length), WOULD_BLOCK);
    pipe.read();
    assert.equal(sink.write(piece, 0, piece.length), piece.length);
    sink.close();
    pipe.close();
  });

  it('says BROKEN when its reader is gone', () => {
    const pipe = new TestPipe();
    const sink = openSink(pipe.writer);
    pipe.closeReader();
    assert.equal(sink.write(LINE, 0, LINE.length), BROKEN);
    sink.close();
    pipe.close();
  });
});

describe('a file', () => {
  it('is written through the given descriptor, which stays open', () => {
    const folder = mkdtempSync(join(tmpdir(), 'shoal-sink-'));
    const path = join(folder, 'log');
    const fd = openSync(path, 'w');
    const sink = openSink(fd);
    sink.write(LINE, 0, LINE.length);
    sink.close();
    assert.equal(readFileSync(path, 'utf8'), '[INFO] x\n');
    closeSync(fd);
    rmSync(folder, { recursive: true });
  });
});

it('a descriptor that is not open is BROKEN', () => {
  assert.equal(openSink(987_654).write(LINE, 0, LINE.length), BROKEN);
});

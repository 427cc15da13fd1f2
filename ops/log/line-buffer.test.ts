import assert from 'node:assert/strict';
import { describe, it, test } from 'node:test';
import { LineBuffer } from './line-buffer.ts';
import { LEVEL } from './logger.ts';
import { BROKEN, openSink, type Sink, WOULD_BLOCK } from './sink.ts';
import { TestPipe } from './testing.ts';

/** A sink whose reader takes `room` bytes in all, and that remembers the pieces it got. */
class MeasuredSink implements Sink {
  readonly #pieces: Buffer[] = [];
  readonly atomicBytes: number;
  room: number;
  broken = false;

  constructor(room = Number.MAX_SAFE_INTEGER, atomicBytes = Number.MAX_SAFE_INTEGER) {
    this.room = room;
    this.atomicBytes = atomicBytes;
  }

  write(bytes: Uint8Array, from: number, to: number): number {
    if (this.broken) return BROKEN;
    const taken = Math.min(this.room, to - from);
    if (taken === 0) return WOULD_BLOCK;
    this.room -= taken;
    this.#pieces.push(Buffer.from(bytes.subarray(from, from + taken)));
    return taken;
  }

  close(): void {}

  get text(): string {
    return Buffer.concat(this.#pieces).toString();
  }

  get pieces(): string[] {
    return this.#pieces.map(String);
  }
}

function written(append: (lines: LineBuffer) => void, capacity = 4096): string {
  const sink = new MeasuredSink();
  const lines = new LineBuffer(capacity, sink);
  append(lines);
  lines.flush();
  return sink.text;
}

describe('appending', () => {
  const bytes = Uint8Array.of(0x61, 0x62, 0x63, 0x0a, 0x00, 0x7f, 0xe9);
  const rows: { name: string; append: (lines: LineBuffer) => void; want: string }[] = [
    { name: 'text', append: (l) => l.appendText('plain'), want: 'plain' },
    { name: 'an empty text', append: (l) => l.appendText(''), want: '' },
    { name: 'a tab stays', append: (l) => l.appendText('a\tb'), want: 'a\tb' },
    { name: 'a backslash stays', append: (l) => l.appendText('a\\.b'), want: 'a\\.b' },
    { name: 'a line break is escaped', append: (l) => l.appendText('a\nb'), want: 'a\\nb' },
    { name: 'a carriage return is escaped', append: (l) => l.appendText('a\r\nb'), want: 'a\\r\\nb' },
    { name: 'a terminal sequence is escaped', append: (l) => l.appendText('\x1b[2J'), want: '\\x1b[2J' },
    { name: 'two-byte characters', append: (l) => l.appendText('héß'), want: 'héß' },
    { name: 'three-byte characters', append: (l) => l.appendText('→ 日本'), want: '→ 日本' },
    { name: 'surrogate pairs', append: (l) => l.appendText('🐟!'), want: '🐟!' },
    { name: 'a lone surrogate', append: (l) => l.appendText('a\ud800b'), want: 'a\ufffdb' },
    { name: 'a byte range', append: (l) => l.appendBytes(bytes, 1, 3), want: 'bc' },
    { name: 'bytes that are no text', append: (l) => l.appendBytes(bytes, 2, 6), want: 'c\\n\\x00\\x7f' },
    { name: 'zero', append: (l) => l.appendNumber(0), want: '0' },
    { name: 'an integer', append: (l) => l.appendNumber(40272), want: '40272' },
    { name: 'a negative integer', append: (l) => l.appendNumber(-53), want: '-53' },
    { name: 'more than 32 bits', append: (l) => l.appendNumber(Number.MAX_SAFE_INTEGER), want: '9007199254740991' },
    { name: 'leading zeros', append: (l) => l.appendNumber(165615, 9), want: '000165615' },
    { name: 'no more than 16 digits', append: (l) => l.appendNumber(7, 99), want: '0000000000000007' },
    { name: 'as many digits as it takes', append: (l) => l.appendNumber(1234, 2), want: '1234' },
  ];
  for (const row of rows) {
    it(row.name, () => {
      const line = written((lines) => {
        row.append(lines);
        lines.endLine();
      });
      assert.equal(line, `${row.want}\n`);
    });
  }

  it('builds one line of several pieces', () => {
    const line = written((lines) => {
      lines.appendText(LEVEL.info);
      lines.appendText('127.0.0.1:');
      lines.appendNumber(40272);
      lines.appendText(' - ');
      lines.appendBytes(bytes, 0, 3);
      lines.endLine();
    });
    assert.equal(line, '[INFO] 127.0.0.1:40272 - abc\n');
  });
});

describe('flushing', () => {
  it('writes all lines of a batch at once', () => {
    const sink = new MeasuredSink();
    const lines = new LineBuffer(4096, sink);
    for (let i = 0; i < 64; i++) lines.info(`line ${i}`);
    assert.equal(sink.pieces.length, 0);
    lines.flush();
    assert.equal(sink.pieces.length, 1);
    assert.equal(sink.text.split('\n').length, 65);
  });

  it('does nothing without lines', () => {
    const sink = new MeasuredSink();
    const lines = new LineBuffer(4096, sink);
    lines.flush();
    lines.appendText('not finished');
    lines.flush();
    assert.deepEqual(sink.pieces, []);
    lines.endLine();
    lines.flush();
    assert.equal(sink.text, 'not finished\n');
  });

  it('makes room by itself when the buffer is full and the sink takes bytes', () => {
    const texts = Array.from({ length: 50 }, (_, i) => `line ${i}`);
    const text = written((lines) => {
      for (const line of texts) lines.info(line);
      assert.equal(lines.dropped, 0);
    }, 64);
    assert.equal(text, texts.map((line) => `[INFO] ${line}\n`).join(''));
  });

  it('cuts pieces at line ends so that a pipe takes them undivided', () => {
    const sink = new MeasuredSink(Number.MAX_SAFE_INTEGER, 16);
    const lines = new LineBuffer(256, sink);
    for (const text of ['12345', '12345', '12345', 'longer than one piece', 'x', 'y']) {
      lines.appendText(text);
      lines.endLine();
    }
    lines.flush();
    assert.deepEqual(sink.pieces, ['12345\n12345\n', '12345\n', 'longer than one piece\n', 'x\ny\n']);
  });

  it('goes on in the middle of a line that was written in part', () => {
    const sink = new MeasuredSink(10);
    const lines = new LineBuffer(64, sink);
    lines.info('first');
    lines.info('second');
    lines.flush();
    assert.equal(sink.text, '[INFO] fir');
    assert.equal(lines.pending, '[INFO] first\n[INFO] second\n'.length - 10);
    sink.room = 1000;
    lines.info('third');
    lines.flush();
    assert.equal(sink.text, '[INFO] first\n[INFO] second\n[INFO] third\n');
    assert.equal(lines.pending, 0);
  });
});

describe('dropping', () => {
  it('loses and counts whole lines that find no room', () => {
    const sink = new MeasuredSink(0);
    const lines = new LineBuffer(32, sink);
    for (let i = 0; i < 10; i++) lines.info(`line ${i}`); // 14 bytes each: two fit
    lines.flush();
    assert.equal(lines.dropped, 8);
    sink.room = 1000;
    lines.info('later');
    lines.flush();
    assert.equal(sink.text, '[INFO] line 0\n[INFO] line 1\n[INFO] later\n');
    assert.equal(lines.dropped, 8);
  });

  const fits = [
    { name: 'a line that just fits is kept', length: 31, dropped: 0 },
    { name: 'a line one byte too long is dropped', length: 32, dropped: 1 },
    { name: 'a line much longer than the buffer is dropped', length: 1000, dropped: 1 },
  ];
  for (const { name, length, dropped } of fits) {
    it(name, () => {
      const sink = new MeasuredSink();
      const lines = new LineBuffer(32, sink);
      lines.appendText('x'.repeat(length));
      lines.endLine();
      lines.appendText('next');
      lines.endLine();
      lines.flush();
      assert.equal(lines.dropped, dropped);
      assert.equal(sink.text, dropped === 0 ? `${'x'.repeat(length)}\nnext\n` : 'next\n');
    });
  }

  it('counts the lines that a broken sink swallows, and recovers', () => {
    const sink = new MeasuredSink();
    sink.broken = true;
    const lines = new LineBuffer(4096, sink);
    lines.info('a');
    lines.info('b');
    lines.flush();
    assert.equal(lines.dropped, 2);
    assert.equal(lines.pending, 0);
    sink.broken = false;
    lines.info('c');
    lines.flush();
    assert.equal(sink.text, '[INFO] c\n');
  });
});

describe('on a real pipe', () => {
  it('a full pipe costs lines, not time or exceptions, and no line is torn', () => {
    const pipe = new TestPipe();
    const lines = new LineBuffer(8192, openSink(pipe.writer));
    const total = 5000;
    for (let i = 0; i < total; i++) {
      lines.info(`number ${i} ${'x'.repeat(100)}`);
      if (i % 64 === 0) lines.flush();
    }
    assert.ok(lines.dropped > 0);
    let text = pipe.read();
    while (lines.pending > 0) {
      lines.flush();
      text += pipe.read();
    }
    const got = text.split('\n').slice(0, -1);
    assert.equal(got.length + lines.dropped, total);
    for (const line of got) assert.match(line, /^\[INFO\] number \d+ x{100}$/);
    lines.close();
    pipe.close();
  });

  it('a reader that is gone costs lines only', () => {
    const pipe = new TestPipe();
    const lines = new LineBuffer(8192, openSink(pipe.writer));
    pipe.closeReader();
    for (let i = 0; i < 10; i++) {
      lines.info('nobody listens');
      lines.flush();
    }
    assert.equal(lines.dropped, 10);
    lines.close();
    pipe.close();
  });
});

test('random lines through a small buffer and an unreliable sink: what arrives is whole, in order, and the rest is counted', () => {
  let state = 1;
  const random = (below: number): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  for (let round = 0; round < 200; round++) {
    const sink = new MeasuredSink(0, 1 + random(80));
    const lines = new LineBuffer(2 + random(120), sink);
    const sent: string[] = [];
    for (let i = 0; i < 60; i++) {
      const text = `${i}:${'é\n'.repeat(random(12))}`;
      sent.push(text.replaceAll('\n', '\\n'));
      lines.appendText(text);
      lines.endLine();
      sink.room = random(3) === 0 ? random(60) : sink.room;
      if (random(4) === 0) lines.flush();
    }
    sink.room = Number.MAX_SAFE_INTEGER;
    lines.flush();
    const got = sink.text.split('\n').slice(0, -1);
    assert.equal(got.length + lines.dropped, sent.length, `round ${round}`);
    let at = -1;
    for (const line of got) {
      const next = sent.indexOf(line, at + 1);
      assert.ok(next > at, `round ${round}: ${line}`);
      at = next;
    }
  }
});

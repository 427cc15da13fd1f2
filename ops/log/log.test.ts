import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { describe, it } from 'node:test';
import { Log } from './log.ts';
import { openSink } from './sink.ts';
import { TestPipe } from './testing.ts';

describe('Log', () => {
  it('writes every line at once', () => {
    const pipe = new TestPipe();
    const log = new Log(openSink(pipe.writer));
    log.info('Reloading');
    assert.equal(pipe.read(), '[INFO] Reloading\n');
    log.plugin('reload').error('a\nb');
    assert.equal(pipe.read(), '[ERROR] plugin/reload: a\\nb\n');
    log.close();
    pipe.close();
  });

  it('a full pipe: keeps what it can, drops and counts the rest, throws nothing', () => {
    const pipe = new TestPipe();
    const log = new Log(openSink(pipe.writer));
    const total = 2000;
    for (let i = 0; i < total; i++) log.info(`number ${i} ${'x'.repeat(100)}`);
    assert.ok(log.dropped > 0);
    let text = '';
    for (let part = pipe.read(); part !== ''; part = pipe.read()) {
      text += part;
      log.flush();
    }
    assert.equal(text.split('\n').length - 1 + log.dropped, total);
    const before = log.dropped;
    log.info('works again');
    assert.equal(pipe.read(), '[INFO] works again\n');
    assert.equal(log.dropped, before);
    log.close();
    pipe.close();
  });

  it('a reader that is gone: throws nothing', () => {
    const pipe = new TestPipe();
    const log = new Log(openSink(pipe.writer));
    pipe.closeReader();
    log.error('nobody listens');
    assert.equal(log.dropped, 1);
    log.close();
    pipe.close();
  });

  it('a closed descriptor: throws nothing', () => {
    const log = new Log(openSink(987_654));
    log.info('where to?');
    assert.equal(log.dropped, 1);
    log.close();
  });

  const program = `import { Log } from '#ops/log/log.ts'; const log = new Log(); log.info('one'); log.plugin('x').warning('two');`;
  const node = [process.execPath, '--input-type=module', '-e', program] as const;
  const outputs = [
    { name: 'a socket', command: [...node] },
    { name: 'a pipe', command: ['sh', '-c', '"$@" | cat', 'sh', ...node] },
    { name: 'a file', command: ['sh', '-c', 'file=$(mktemp); "$@" > "$file"; cat "$file"; rm "$file"', 'sh', ...node] },
  ];
  for (const { name, command } of outputs) {
    it(`writes to stdout when that is ${name}`, () => {
      const [file, ...args] = command;
      const text = execFileSync(file, args, { cwd: import.meta.dirname, encoding: 'utf8' });
      assert.equal(text, '[INFO] one\n[WARNING] plugin/x: two\n');
    });
  }
});

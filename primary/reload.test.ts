// Watching the Corefile: when a change is told, and when not.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { LevelLogger } from '#ops/log/logger.ts';
import { CorefileWatch, configurationHash } from './reload.ts';

class KeptLog extends LevelLogger {
  readonly lines: string[] = [];
  override write(level: string, scope: string, text: string): void {
    this.lines.push(`${level}${scope}${text}`);
  }
}

async function until(check: () => boolean): Promise<void> {
  for (const end = performance.now() + 3000; !check(); ) {
    assert.ok(performance.now() < end, `waited for ${check}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

/** A watch of a text that tests change. */
function open(text: string): {
  set: (next: string) => void;
  reads: () => number;
  told: string[];
  log: KeptLog;
  watch: CorefileWatch;
} {
  let now = text;
  let reads = 0;
  const told: string[] = [];
  const log = new KeptLog();
  const read = (): string => {
    reads++;
    if (now === 'broken') throw new Error('Corefile:1 - no');
    return now;
  };
  const watch = new CorefileWatch({ interval: 3, jitter: 2 }, configurationHash(text), log, read, async (hash) => {
    told.push(hash);
  });
  const set = (next: string): void => {
    now = next;
  };
  watch.start();
  return { set, reads: () => reads, told, log, watch };
}

it('the hash is SHA-512 in hexadecimal', () => {
  assert.match(configurationHash(''), /^cf83e1357eefb8bd/);
  assert.equal(configurationHash('a').length, 128);
});

describe('CorefileWatch', () => {
  it('tells of a change once', async () => {
    const { set, reads, told, watch } = open('a');
    await until(() => reads() > 2);
    assert.deepEqual(told, []);
    set('b');
    await until(() => told.length > 0);
    const before = reads();
    await until(() => reads() > before + 2);
    assert.deepEqual(told, [configurationHash('b')]);
    watch.stop();
  });
  it('tells of every further one', async () => {
    const { set, told, watch } = open('a');
    for (const [i, text] of ['b', 'a', 'c'].entries()) {
      set(text);
      await until(() => told.length > i);
    }
    assert.deepEqual(told, ['b', 'a', 'c'].map(configurationHash));
    watch.stop();
  });
  it('warns of a file that cannot be parsed, and goes on', async () => {
    const { set, told, log, watch } = open('a');
    set('broken');
    await until(() => log.lines.length > 0);
    assert.equal(log.lines[0], '[WARNING] plugin/reload: Corefile parse failed: Corefile:1 - no');
    set('b');
    await until(() => told.length === 1);
    watch.stop();
  });
  it('does not look any more once it has been stopped', async () => {
    const { reads, watch } = open('a');
    await until(() => reads() > 0);
    watch.stop();
    const before = reads();
    await new Promise((resolve) => setTimeout(resolve, 20));
    assert.equal(reads(), before);
  });
});

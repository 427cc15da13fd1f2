import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { LevelLogger, type Logger } from './logger.ts';

class Recorder extends LevelLogger {
  readonly lines: string[] = [];
  override write(level: string, scope: string, text: string): void {
    this.lines.push(level + scope + text);
  }
}

const rows: { name: string; log: (logger: Logger) => void; want: string[] }[] = [
  { name: 'info', log: (l) => l.info('Reloading'), want: ['[INFO] Reloading'] },
  { name: 'warning', log: (l) => l.warning('w'), want: ['[WARNING] w'] },
  { name: 'error', log: (l) => l.error('Restart failed: x'), want: ['[ERROR] Restart failed: x'] },
  { name: 'fatal', log: (l) => l.fatal('f'), want: ['[FATAL] f'] },
  { name: 'debug is off at first', log: (l) => l.debug('d'), want: [] },
  { name: 'plugin info', log: (l) => l.plugin('ready').info('i'), want: ['[INFO] plugin/ready: i'] },
  { name: 'plugin warning', log: (l) => l.plugin('hosts').warning('w'), want: ['[WARNING] plugin/hosts: w'] },
  {
    name: 'plugin error',
    log: (l) => l.plugin('errors').error('2 a. A: x'),
    want: ['[ERROR] plugin/errors: 2 a. A: x'],
  },
  { name: 'plugin fatal', log: (l) => l.plugin('loop').fatal('Loop'), want: ['[FATAL] plugin/loop: Loop'] },
  { name: 'plugin debug is off at first', log: (l) => l.plugin('cache').debug('d'), want: [] },
  {
    name: 'a plugin of a plugin replaces the name',
    log: (l) => l.plugin('a').plugin('b').info('i'),
    want: ['[INFO] plugin/b: i'],
  },
];

describe('lines', () => {
  for (const { name, log, want } of rows) {
    it(name, () => {
      const recorder = new Recorder();
      log(recorder);
      assert.deepEqual(recorder.lines, want);
    });
  }
});

it('debug lines follow the switch, also for plugins that exist already', () => {
  const recorder = new Recorder();
  const plugin = recorder.plugin('cache');
  recorder.debugging = true;
  recorder.debug('a');
  plugin.debug('b');
  recorder.debugging = false;
  recorder.debug('c');
  plugin.debug('d');
  assert.deepEqual(recorder.lines, ['[DEBUG] a', '[DEBUG] plugin/cache: b']);
});

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { ConfigError } from '#plugins/contract.ts';
import { type Environment, loadTuning } from './load.ts';
import { SETTINGS } from './schema.ts';
import type { Tuning } from './tuning.ts';

const folder = mkdtempSync(join(tmpdir(), 'shoal-config-'));
const path = join(folder, 'shoal.yaml');
after(() => rmSync(folder, { recursive: true }));

function load(text: string | undefined, env: Environment = {}): Tuning {
  if (text === undefined) return loadTuning(undefined, env);
  writeFileSync(path, text);
  return loadTuning(path, env);
}

function pick(tuning: Tuning, key: string): unknown {
  const [group, name] = key.split('.');
  return Object.entries(tuning[group as keyof Tuning]).find(([candidate]) => candidate === name)?.[1];
}

describe('values', () => {
  const rows: { name: string; text?: string; env?: Environment; key: string; want: unknown }[] = [
    { name: 'the default', key: 'resolver.processes', want: 1 },
    { name: 'the default beside a file', text: 'udp: {batch: 8}', key: 'udp.io', want: 'auto' },
    { name: 'the file', text: 'resolver: {threads: 4}', key: 'resolver.threads', want: 4 },
    { name: 'JSON', text: '{"resolver": {"threads": 4}}', key: 'resolver.threads', want: 4 },
    { name: 'a quoted number', text: 'resolver: {threads: "4"}', key: 'resolver.threads', want: 4 },
    { name: 'the lowest', text: 'resolver: {processes: 0}', key: 'resolver.processes', want: 0 },
    { name: 'the highest', text: 'resolver: {processes: 64}', key: 'resolver.processes', want: 64 },
    { name: 'a choice', text: 'udp: {io: dgram}', key: 'udp.io', want: 'dgram' },
    { name: 'bytes with a unit', text: 'memory: {zones: 1GiB}', key: 'memory.zones', want: 1 << 30 },
    { name: 'bytes without', text: 'memory: {zones: 16777216}', key: 'memory.zones', want: 1 << 24 },
    { name: 'a time with a unit', text: 'shutdown: {drain: 30s}', key: 'shutdown.drain', want: 30000 },
    { name: 'the environment', env: { SHOAL_UDP_BATCH: '16' }, key: 'udp.batch', want: 16 },
    { name: 'the environment with a unit', env: { SHOAL_TCP_IDLE_TIMEOUT: '1m' }, key: 'tcp.idleTimeout', want: 60000 },
    {
      name: 'the environment wins',
      text: 'udp: {batch: 8}',
      env: { SHOAL_UDP_BATCH: '16' },
      key: 'udp.batch',
      want: 16,
    },
    {
      name: 'an empty variable is unset',
      text: 'udp: {batch: 8}',
      env: { SHOAL_UDP_BATCH: '' },
      key: 'udp.batch',
      want: 8,
    },
    { name: 'a choice by environment', env: { SHOAL_UDP_IO: 'batched' }, key: 'udp.io', want: 'batched' },
    {
      name: "a service's variables are none of ours",
      env: { SHOAL_SERVICE_HOST: '10.96.0.10', SHOAL_PORT: 'udp://10.96.0.10:53' },
      key: 'udp.batch',
      want: 64,
    },
  ];
  for (const { name, text, env, key, want } of rows) it(name, () => assert.equal(pick(load(text, env), key), want));
});

describe('every key', () => {
  for (const [key, setting] of SETTINGS) {
    const low = 'min' in setting ? setting.min : setting.format === 'String' ? '/a/path' : setting.format[0];
    const [group, name] = key.split('.');
    const lowest = key === 'supervisor.backoffMax' ? 100 : low; // must not be below backoffMin
    it(`${key}: default, file, environment`, () => {
      assert.equal(pick(load(undefined), key), setting.default);
      assert.equal(pick(load(`${group}: {${name}: ${lowest}}`), key), lowest);
      assert.equal(pick(load(undefined, { [setting.env]: String(lowest) }), key), lowest);
    });
    if (setting.format === 'String') {
      it(`${key}: refuses what is no text`, () =>
        assert.throws(() => load(`${group}: {${name}: [a]}`), new RegExp(`:1 - ${key}: must be a single value`)));
      continue;
    }
    it(`${key}: refuses a word`, () => {
      assert.throws(() => load(`${group}: {${name}: often}`), new RegExp(`:1 - ${key}: must be .*: value was "often"`));
    });
    if (!('min' in setting)) continue;
    it(`${key}: refuses what is out of range`, () => {
      const bad = [setting.max + 1, ...(setting.min > 0 ? [setting.min - 1] : []), -1, 1.5];
      for (const value of bad) {
        assert.throws(
          () => load(`${group}: {${name}: ${value}}`),
          new RegExp(`:1 - ${key}: must be .*: value was ${value}$`),
        );
      }
    });
  }
});

describe('errors', () => {
  const rows: { name: string; text?: string; env?: Environment; want: string }[] = [
    {
      name: 'out of range',
      text: 'udp:\n  batch: 65',
      want: `${path}:2 - udp.batch: must be a whole number from 1 to 64: value was 65`,
    },
    {
      name: 'a boolean',
      text: 'udp:\n  batch: true',
      want: `${path}:2 - udp.batch: must be a whole number from 1 to 64: value was true`,
    },
    {
      name: 'a bad size',
      text: 'log: {bufferBytes: 64KB}',
      want: `${path}:1 - log.bufferBytes: must be a size in bytes, or with KiB, MiB or GiB, from 4 KiB to 16 MiB: value was "64KB"`,
    },
    {
      name: 'a bad time',
      text: 'shutdown: {drain: 1d}',
      want: `${path}:1 - shutdown.drain: must be a time in milliseconds, or with ms, s, m or h, from 0 to 1 h: value was "1d"`,
    },
    {
      name: 'a bad choice',
      text: 'udp: {io: fast}',
      want: `${path}:1 - udp.io: must be one of the possible values: ["auto","batched","dgram"]: value was "fast"`,
    },
    {
      name: 'the environment',
      text: 'udp: {batch: 8}',
      env: { SHOAL_UDP_BATCH: '8x' },
      want: 'environment variable SHOAL_UDP_BATCH - udp.batch: must be a whole number from 1 to 64: value was "8x"',
    },
    {
      name: 'two at once',
      text: 'udp:\n  batch: 0\nresolver:\n  threads: 1e3',
      want: [
        `${path}:4 - resolver.threads: must be a whole number from 0 to 256: value was 1000`,
        `${path}:2 - udp.batch: must be a whole number from 1 to 64: value was 0`,
      ].join('\n'),
    },
    {
      name: 'backoffMax below backoffMin',
      text: 'supervisor:\n  backoffMin: 20s\n  backoffMax: 10s',
      want: `${path}:3 - supervisor.backoffMax: must not be below supervisor.backoffMin: 10000 < 20000`,
    },
    {
      name: 'backoffMin above the default of backoffMax',
      text: 'supervisor: {backoffMin: 20s}',
      want: 'supervisor.backoffMax: must not be below supervisor.backoffMin: 10000 < 20000',
    },
    {
      name: 'unknown key',
      text: 'resolver:\n  thread: 4',
      want: `${path}:2 - resolver.thread: there is no such key; did you mean resolver.threads?`,
    },
  ];
  for (const { name, text, env, want } of rows) {
    it(name, () => {
      assert.throws(
        () => load(text, env),
        (thrown) => {
          assert.ok(thrown instanceof ConfigError);
          assert.equal(thrown.message, want);
          return true;
        },
      );
    });
  }

  it('a file that is not there', () => {
    assert.throws(
      () => loadTuning(join(folder, 'missing.yaml'), {}),
      /^ConfigError: cannot read the tuning file: ENOENT: .*missing\.yaml/,
    );
  });
});

describe('the result', () => {
  const tuning = load('udp: {batch: 8}');
  it('is frozen', () => {
    assert.ok(Object.isFrozen(tuning));
    for (const group of Object.values(tuning)) assert.ok(Object.isFrozen(group));
  });
  it('survives structuredClone', () => assert.deepEqual(structuredClone(tuning), tuning));
  it('leaves the defaults of the next call alone', () => assert.equal(load(undefined).udp.batch, 64));
});

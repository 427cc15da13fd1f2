import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { KeptLog } from '#ops/http/testing.ts';
import type { RedisCacheOptions } from '#plugins/redis_cache/options.ts';
import { loadTuning } from './config/load.ts';
import type { BlockConfig } from './plan/blocks.ts';
import { readConfiguration } from './plan/configuration.ts';
import { completeRedis } from './redis.ts';

const folder = mkdtempSync(join(tmpdir(), 'shoal-redis-tuning-'));
after(() => rmSync(folder, { recursive: true, force: true }));
const file = (name: string, text: string): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};
const KEY_FILE = file('key', 'a key in a file of the fleet\n');
const WITH_KEY = 'redis_cache {\nfleet_key "the key of this block"\n}';

/** The blocks of a Corefile, completed with what variables say. */
function complete(corefile: string, env: Readonly<Record<string, string>> = {}): readonly BlockConfig[] {
  const { blocks } = readConfiguration({ file: 'Corefile', text: corefile }, 53, {}, new KeptLog());
  completeRedis(blocks, loadTuning(undefined, env).redis);
  return blocks;
}

function only(corefile: string, env: Readonly<Record<string, string>> = {}): RedisCacheOptions {
  const options = complete(corefile, env)[0].get('redis_cache');
  assert.ok(options !== undefined);
  return options;
}

const block = (lines: string, zone = '.'): string => `${zone} {\ncache\n${lines}\n}\n`;
const plain = block(`${WITH_KEY}\nforward . 192.0.2.1`);

describe('the fleet key', () => {
  test('of the block comes first', () => {
    assert.equal(only(plain, { SHOAL_REDIS_FLEET_KEY_FILE: KEY_FILE }).store.fleetKey, 'the key of this block');
  });

  test('of the tuning is for blocks without one', () => {
    const { store } = only(block('redis_cache'), { SHOAL_REDIS_FLEET_KEY_FILE: KEY_FILE });
    assert.equal(store.fleetKey, 'a key in a file of the fleet');
  });

  const wrong: { name: string; path?: string; message: RegExp }[] = [
    { name: 'nowhere', message: /needs a fleet key.*fleet_key_file PATH.*redis\.fleetKeyFile/ },
    { name: 'in a file that is not there', path: join(folder, 'none'), message: /redis\.fleetKeyFile: ENOENT/ },
    { name: 'that is too short', path: file('short', 'secret\n'), message: /short must have at least 16 octets/ },
  ];
  for (const { name, path, message } of wrong)
    test(name, () => {
      const env: Record<string, string> = path === undefined ? {} : { SHOAL_REDIS_FLEET_KEY_FILE: path };
      assert.throws(() => complete(block('redis_cache'), env), message);
    });
});

const BUDGETS: { lines: string; tuned?: string; budget: number }[] = [
  { lines: '', budget: 5 },
  { lines: '', tuned: '8ms', budget: 8 },
  { lines: 'budget 3ms', tuned: '8ms', budget: 3 },
  { lines: 'budget 300ms\ntimeout {\nread 100ms\n}', budget: 100 },
];
describe('the budget', () => {
  for (const { lines, tuned, budget } of BUDGETS)
    test(`${JSON.stringify(lines)}, tuned ${tuned ?? 'by nobody'}: ${budget} ms`, () => {
      const corefile = block(WITH_KEY.replace('}', `${lines}\n}`));
      assert.equal(only(corefile, tuned === undefined ? {} : { SHOAL_REDIS_BUDGET: tuned }).store.budget, budget);
    });
});

const same = (a: string, b: string): boolean => only(a).store.policy === only(b).store.policy;
const POLICIES: { name: string; corefile: string; same: boolean }[] = [
  { name: 'the same block', corefile: plain, same: true },
  { name: 'another zone', corefile: block(`${WITH_KEY}\nforward . 192.0.2.1`, 'example.org'), same: false },
  { name: 'another upstream', corefile: block(`${WITH_KEY}\nforward . 192.0.2.2`), same: false },
  { name: 'another port', corefile: plain.replace('. {', '.:1053 {'), same: true },
  { name: 'another Redis', corefile: plain.replace('fleet_key', 'endpoint 192.0.2.9\nfleet_key'), same: true },
  {
    name: 'hosts in front of the upstream',
    corefile: block(`${WITH_KEY}\nhosts {\n192.0.2.7 a\nfallthrough\n}\nforward . 192.0.2.1`),
    same: true,
  },
  { name: 'a log', corefile: block(`${WITH_KEY}\nlog\nforward . 192.0.2.1`), same: true },
];
describe('policies of replicas', () => {
  test('a loop detector, whose probe has another name in each: shared', () => {
    const looped = block(`${WITH_KEY}\nloop\nforward . 192.0.2.1`);
    assert.ok(same(looped, looped));
  });

  for (const { name, corefile, same: want } of POLICIES)
    test(`${name}: ${want ? 'shared' : 'apart'}`, () => assert.equal(same(plain, corefile), want));
});

describe('an endpoint in the tuning', () => {
  const env = { SHOAL_REDIS_FLEET_KEY_FILE: KEY_FILE, SHOAL_REDIS_ENDPOINT: 'redis.example.org:7000' };

  test('gives a store to blocks that cache and forward, and to no others', () => {
    const blocks = complete(
      `${block('forward . 192.0.2.1')}\na. {\nforward . 192.0.2.1\n}\nb. {\ncache\nwhoami\n}\n`,
      env,
    );
    assert.deepEqual(
      blocks.map((config) => config.has('redis_cache')),
      [true, false, false],
    );
    const endpoint = { host: 'redis.example.org', port: 7000 };
    assert.deepEqual(blocks[0].get('redis_cache')?.store.topology, { kind: 'single', endpoint, readEndpoints: [] });
  });

  test('leaves stores alone that are there', () => {
    const { store } = only(plain.replace('fleet_key', 'endpoint 192.0.2.9\nfleet_key'), env);
    assert.deepEqual(store.topology.kind === 'single' && store.topology.endpoint.host, '192.0.2.9');
  });

  test('with a user', () => {
    const more = { SHOAL_REDIS_USERNAME: 'dns', SHOAL_REDIS_PASSWORD_FILE: file('password', 'hush\n') };
    const { store } = only(block('forward . 192.0.2.1'), { ...env, ...more });
    assert.deepEqual([store.username, store.password], ['dns', 'hush']);
  });

  const hosts: { endpoint: string; want: object }[] = [
    { endpoint: 'redis', want: { host: 'redis', port: 6379 } },
    { endpoint: '[fd00::1]:7000', want: { host: 'fd00::1', port: 7000 } },
  ];
  for (const { endpoint, want } of hosts)
    test(endpoint, () => {
      const { topology } = only(block('forward . 192.0.2.1'), { ...env, SHOAL_REDIS_ENDPOINT: endpoint }).store;
      assert.deepEqual(topology.kind === 'single' && topology.endpoint, want);
    });

  for (const endpoint of ['redis://a', 'a:0', 'a:70000', 'a:b'])
    test(`not ${endpoint}`, () => {
      const wrong = { ...env, SHOAL_REDIS_ENDPOINT: endpoint };
      assert.throws(() => complete(block('forward . 192.0.2.1'), wrong), /redis\.endpoint: not an address/);
    });
});

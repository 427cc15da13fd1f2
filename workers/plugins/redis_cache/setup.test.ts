import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { TextDirective, testScope } from '../../testing/directive.ts';
import type { RedisCacheOptions } from './options.ts';
import { plugin } from './setup.ts';

const KEY = 'sixteen octets or more';
const folder = mkdtempSync(join(tmpdir(), 'shoal-redis-setup-'));
after(() => rmSync(folder, { recursive: true, force: true }));
for (const [name, text] of Object.entries({
  password: 'from a file\n',
  key: `${KEY}\r\n`,
  short: 'short\n',
  empty: '\n',
  pem: 'a certificate',
}))
  writeFileSync(join(folder, name), text);

function setup(block: string, head = 'redis_cache'): RedisCacheOptions {
  const text = block === '' ? head : `${head} {\n${block}\n}`;
  return plugin.setup(new TextDirective('redis_cache', text), testScope(['example.org.'], ['cache'], folder));
}

const LOCAL = { host: '127.0.0.1', port: 6379 };

test('without a block', () => {
  assert.deepEqual(setup(''), {
    zones: ['example.org.'],
    success: { maxTtl: 3600, minTtl: 0 },
    denial: { maxTtl: 1800, minTtl: 0 },
    store: {
      topology: { kind: 'single', endpoint: LOCAL, readEndpoints: [] },
      username: '',
      password: '',
      db: 0,
      tls: null,
      resolver: null,
      connectTimeout: 1000,
      readTimeout: 500,
      writeTimeout: 2000,
      keepAlive: 0,
      backoffMin: 8,
      backoffMax: 512,
      budget: 0,
      prefix: 'shoal:',
      fleetKey: '',
      policy: '',
    },
  });
});

test('zones of its own', () => {
  assert.deepEqual(setup('', 'redis_cache a.example.org B.example.org').zones, ['a.example.org.', 'b.example.org.']);
});

const TLS = { ca: '', cert: '', key: '', verifyChain: true, verifyHostname: true };
const STORE: { name: string; block: string; want: object }[] = [
  {
    name: 'an endpoint with its port',
    block: 'endpoint redis.example.org:7000',
    want: { topology: { kind: 'single', endpoint: { host: 'redis.example.org', port: 7000 }, readEndpoints: [] } },
  },
  {
    name: 'endpoints by IPv6',
    block: 'endpoint [fd00::1]:7000\nread_endpoint fd00::2 [fd00::3]',
    want: {
      topology: {
        kind: 'single',
        endpoint: { host: 'fd00::1', port: 7000 },
        readEndpoints: [
          { host: 'fd00::2', port: 6379 },
          { host: 'fd00::3', port: 6379 },
        ],
      },
    },
  },
  {
    name: 'sentinels with their own credentials',
    block: 'sentinel mymaster 10.0.0.1 10.0.0.2:26380\nsentinel_username watch\nsentinel_password s\ndb 2',
    want: {
      db: 2,
      topology: {
        kind: 'sentinel',
        master: 'mymaster',
        sentinels: [
          { host: '10.0.0.1', port: 26_379 },
          { host: '10.0.0.2', port: 26_380 },
        ],
        username: 'watch',
        password: 's',
      },
    },
  },
  {
    name: 'a cluster',
    block: 'cluster a b:7001',
    want: {
      topology: {
        kind: 'cluster',
        seeds: [
          { host: 'a', port: 6379 },
          { host: 'b', port: 7001 },
        ],
        readFrom: 'replica',
      },
    },
  },
  {
    name: 'a cluster that is read from primaries',
    block: 'cluster a\nread_from primary',
    want: { topology: { kind: 'cluster', seeds: [{ host: 'a', port: 6379 }], readFrom: 'primary' } },
  },
  { name: 'a user', block: 'username dns\npassword secret', want: { username: 'dns', password: 'secret' } },
  { name: 'a password from a file', block: 'password_file password', want: { password: 'from a file' } },
  { name: 'a fleet key', block: `fleet_key "${KEY}"`, want: { fleetKey: KEY } },
  { name: 'a fleet key from a file', block: 'fleet_key_file key', want: { fleetKey: KEY } },
  { name: 'a prefix and a budget', block: 'key_prefix dns:\nbudget 3ms', want: { prefix: 'dns:', budget: 3 } },
  {
    name: 'timeouts',
    block: 'timeout {\nconnect 2s\nread 100ms\nwrite 1s\n}\ndb 1',
    want: { connectTimeout: 2000, readTimeout: 100, writeTimeout: 1000, db: 1 },
  },
  {
    name: 'retries and a pool',
    block:
      'retries {\nmax 0\nmin_backoff 10ms\nmax_backoff 1s\n}\npool {\nsize 5\nmax_lifetime 0s\nwait_timeout 1s\n}\ndb 1',
    want: { backoffMin: 10, backoffMax: 1000, db: 1 },
  },
  { name: 'keepalive', block: 'tcp_keepalive 15s', want: { keepAlive: 15_000 } },
  { name: 'a name server', block: 'resolver 10.96.0.10', want: { resolver: { host: '10.96.0.10', port: 53 } } },
  { name: 'TLS', block: 'tls', want: { tls: TLS } },
  {
    name: 'TLS with certificates',
    block: 'tls_cert pem\ntls_key pem\ntls_ca pem',
    want: { tls: { ...TLS, cert: 'a certificate', key: 'a certificate', ca: 'a certificate' } },
  },
  {
    name: 'TLS without checks',
    block: 'tls_verify_chain off\ntls_verify_hostname no',
    want: { tls: { ...TLS, verifyChain: false, verifyHostname: false } },
  },
];
describe('of the store', () => {
  const { store } = setup('');
  for (const { name, block, want } of STORE)
    test(name, () => assert.deepEqual(setup(block).store, { ...store, ...want }));
});

const TTLS: { block: string; success?: object; denial?: object }[] = [
  { block: 'success 30', success: { maxTtl: 30, minTtl: 0 } },
  { block: 'success 1h 1m', success: { maxTtl: 3600, minTtl: 60 } },
  { block: 'denial 90s 5', denial: { maxTtl: 90, minTtl: 5 } },
];
describe('TTLs', () => {
  for (const { block, ...want } of TTLS)
    test(block, () => {
      const { success, denial } = setup(block);
      assert.deepEqual({ success, denial }, { success: setup('').success, denial: setup('').denial, ...want });
    });
});

const ERRORS: { block: string; message: RegExp }[] = [
  { block: 'nonsense', message: /unknown property 'nonsense'/ },
  { block: 'endpoint', message: /Wrong argument count/ },
  { block: 'endpoint a b', message: /Wrong argument count/ },
  { block: 'endpoint a:0', message: /not an address \(HOST\[:PORT\]\): 'a:0'/ },
  { block: 'endpoint a:70000', message: /not an address/ },
  { block: 'endpoint redis://a', message: /not an address/ },
  { block: 'sentinel mymaster', message: /Wrong argument count/ },
  { block: 'read_from latency', message: /read_from is only allowed with cluster/ },
  { block: 'cluster a\nread_from anywhere', message: /read_from must be latency, random or primary: 'anywhere'/ },
  { block: 'cluster a\nsentinel m b', message: /cluster and sentinel exclude each other/ },
  { block: 'cluster a\nendpoint b', message: /endpoint is not allowed with cluster/ },
  { block: 'sentinel m a\nread_endpoint b', message: /read_endpoint is not allowed with sentinel/ },
  { block: 'cluster a\ndb 1', message: /a cluster has only db 0/ },
  { block: 'sentinel_password s', message: /only allowed with sentinel/ },
  { block: 'sentinel m a\nresolver 10.0.0.1', message: /resolver is not supported with sentinel/ },
  { block: 'username a', message: /username needs a password/ },
  { block: 'db -1', message: /db must be a whole number/ },
  { block: 'db 1000000', message: /db must be 0 to 65535/ },
  { block: 'success 500ms', message: /success must be whole seconds/ },
  { block: 'success 0', message: /success MAX_TTL must be positive/ },
  { block: 'denial 5 10', message: /denial MIN_TTL must not exceed MAX_TTL/ },
  { block: 'denial 1 2 3', message: /Wrong argument count/ },
  { block: 'timeout {\nread 0s\n}', message: /read must be positive/ },
  { block: 'timeout {\nread soon\n}', message: /read: time: invalid duration "soon"/ },
  { block: 'timeout {\nsleep 1s\n}', message: /unknown property 'sleep'/ },
  { block: 'pool {\nsize -1\n}', message: /size must be a whole number/ },
  { block: 'pool {\ndepth 1\n}', message: /unknown property 'depth'/ },
  { block: 'retries {\nmin_backoff 2s\nmax_backoff 1s\n}', message: /min_backoff must not exceed max_backoff/ },
  { block: 'tls on', message: /Wrong argument count/ },
  { block: 'tls_cert pem', message: /tls_cert and tls_key go together/ },
  { block: 'tls_ca nowhere', message: /tls_ca: ENOENT.*nowhere/ },
  { block: 'tls_verify_chain perhaps', message: /tls_verify_chain must be on or off: 'perhaps'/ },
  { block: 'password_file nowhere', message: /password_file: ENOENT/ },
  { block: 'password_file empty', message: /password_file: .*empty is empty/ },
  { block: 'fleet_key short', message: /fleet_key must have at least 16 octets/ },
  { block: 'fleet_key_file short', message: /fleet_key_file must have at least 16 octets/ },
  { block: 'budget 2s', message: /budget must not exceed 1s/ },
];
describe('is refused', () => {
  for (const { block, message } of ERRORS) test(block, () => assert.throws(() => setup(block), message));

  test('without cache', () => {
    const directive = new TextDirective('redis_cache', 'redis_cache');
    assert.throws(() => plugin.setup(directive, testScope(['.'], [])), /needs the cache plugin/);
  });

  test('and no message shows a secret', () => {
    for (const block of ['fleet_key hush', 'password hush\nnonsense', 'username a\nfleet_key_file short'])
      assert.throws(
        () => setup(block),
        (error: Error) => !error.message.includes('hush') && !error.message.includes('short\n'),
      );
  });
});

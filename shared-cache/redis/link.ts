// A connection to Redis as the store needs it, and the one made of ioredis, which is loaded here and nowhere else. Cold, but for get and set.

import { Resolver as NameResolver } from 'node:dns/promises';
import { connect as connectPlain, isIP } from 'node:net';
import { type ConnectionOptions, connect as connectTls } from 'node:tls';
import { AbstractConnector, Cluster, Redis } from 'ioredis';
import type { ClusterTopology, ConnectionSettings, RedisAddress, RedisTls } from './settings.ts';
import { MAX_VALUE_BYTES } from './value.ts';

export interface Link {
  /** Commands may be sent; `up` and `down` tell of changes. */
  readonly ready: boolean;
  /** Rejects when there is no connection or no reply within the timeout. */
  get(key: string): Promise<Uint8Array | null>;
  /** `ttl` in seconds. */
  set(key: string, value: Uint8Array, ttl: number): Promise<unknown>;
  close(): void;
}

export interface LinkEvents {
  /** Commands may be sent. */
  up(): void;
  /** `why` for the log. */
  down(why: string): void;
}

const CLIENT_NAME = 'shoal';

type Client = Redis | Cluster;

/** Connects in the background, and again whenever the connection is lost. */
export function openLink(settings: ConnectionSettings, events: LinkEvents): Link {
  const { topology } = settings;
  switch (topology.kind) {
    case 'single': {
      const writer = single(settings, topology.endpoint);
      return new RedisLink(
        writer,
        topology.readEndpoints.map((endpoint) => single(settings, endpoint)),
        events,
      );
    }
    case 'sentinel': {
      const ofGroup = (role: 'master' | 'slave') =>
        new Redis({
          ...commonOptions(settings),
          sentinels: topology.sentinels.map(({ host, port }) => ({ host, port })),
          name: topology.master,
          role,
          ...credentials('sentinelUsername', topology.username),
          ...credentials('sentinelPassword', topology.password),
          ...(settings.tls === null ? {} : { enableTLSForSentinelMode: true, sentinelTLS: tlsOptions(settings.tls) }),
        });
      return new RedisLink(ofGroup('master'), [ofGroup('slave')], events);
    }
    case 'cluster':
      return new RedisLink(cluster(settings, topology), [], events);
  }
}

/** What all kinds of connections have in common: nothing is queued while there is none, nothing is sent twice. */
export function commonOptions(settings: ConnectionSettings) {
  const { tls, keepAlive, backoffMin, backoffMax } = settings;
  return {
    connectionName: CLIENT_NAME,
    disableClientInfo: true,
    db: settings.db,
    ...credentials('username', settings.username),
    ...credentials('password', settings.password),
    connectTimeout: settings.connectTimeout,
    commandTimeout: Math.max(settings.readTimeout, settings.writeTimeout),
    // A frozen server leaves the connection open: it is given up when nothing has come for so long.
    socketTimeout: Math.max(settings.readTimeout, settings.writeTimeout),
    ...(keepAlive === 0 ? {} : { keepAlive }),
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    enableAutoPipelining: true,
    retryStrategy: (times: number) => Math.min(backoffMax, backoffMin * 2 ** Math.min(times, 16)),
    ...(tls === null ? {} : { tls: tlsOptions(tls) }),
  };
}

function credentials<Key extends string>(key: Key, value: string): { [K in Key]?: string } {
  return (value === '' ? {} : { [key]: value }) as { [K in Key]?: string };
}

export function tlsOptions({ ca, cert, key, verifyChain, verifyHostname }: RedisTls): ConnectionOptions {
  return {
    ...(ca === '' ? {} : { ca }),
    ...(cert === '' ? {} : { cert, key }),
    rejectUnauthorized: verifyChain,
    ...(verifyHostname ? {} : { checkServerIdentity: () => undefined }),
  };
}

function single(settings: ConnectionSettings, { host, port }: RedisAddress): Redis {
  const options = { ...commonOptions(settings), host, port };
  const { resolver } = settings;
  return resolver === null
    ? new Redis(options)
    : new Redis({ ...options, Connector: connectorOver(settings, resolver, { host, port }) });
}

function cluster(settings: ConnectionSettings, { seeds, readFrom }: ClusterTopology): Cluster {
  const { resolver, backoffMin, backoffMax } = settings;
  const { retryStrategy: _, enableOfflineQueue: __, ...redisOptions } = commonOptions(settings);
  return new Cluster(
    seeds.map(({ host, port }) => ({ host, port })),
    {
      redisOptions,
      scaleReads: readFrom === 'primary' ? 'master' : 'slave',
      enableOfflineQueue: false,
      enableAutoPipelining: true,
      maxRedirections: 4,
      clusterRetryStrategy: (times) => Math.min(backoffMax, backoffMin * 2 ** Math.min(times, 16)),
      ...(resolver === null
        ? {}
        : {
            dnsLookup: (name, done) => {
              resolve(name, resolver).then(
                (address) => done(null, address, isIP(address)),
                (error: NodeJS.ErrnoException) => done(error, ''),
              );
            },
          }),
    },
  );
}

/** The address of a name, asked of `server`: where the system's resolver is this very server, that would go round in a circle. */
async function resolve(name: string, server: RedisAddress): Promise<string> {
  if (isIP(name) !== 0) return name;
  const names = new NameResolver({ timeout: 1000, tries: 2 });
  names.setServers([server.host.includes(':') ? `[${server.host}]:${server.port}` : `${server.host}:${server.port}`]);
  const [address] = await names.resolve4(name).catch(() => names.resolve6(name));
  return address;
}

/** A connector of ioredis that asks `resolver` for the endpoint's address whenever it connects. */
function connectorOver(settings: ConnectionSettings, resolver: RedisAddress, { host, port }: RedisAddress) {
  const { tls, connectTimeout } = settings;
  return class extends AbstractConnector {
    constructor() {
      super(connectTimeout);
    }

    override async connect() {
      this.connecting = true;
      const address = await resolve(host, resolver);
      if (!this.connecting) throw new Error('the connection was closed while it was made');
      const to = { host: address, port };
      const servername = isIP(host) === 0 ? { servername: host } : {};
      const stream = tls === null ? connectPlain(to) : connectTls({ ...to, ...tlsOptions(tls), ...servername });
      stream.once('error', (error) => {
        this.firstError = error;
      });
      this.stream = stream;
      return stream;
    }
  };
}

/** Writes to one client; reads from any of the readers that is there, else from the writer. */
class RedisLink implements Link {
  readonly #writer: Client;
  readonly #readers: readonly Redis[];
  readonly #events: LinkEvents;
  #lastError = '';
  #closed = false;

  constructor(writer: Client, readers: readonly Redis[], events: LinkEvents) {
    this.#writer = writer;
    this.#readers = readers;
    this.#events = events;
    for (const client of [writer, ...readers]) this.#watch(client);
  }

  #watch(client: Client): void {
    // Without a listener an error would end the process; a connection that is lost says so by `close`, too.
    client.on('error', (error: Error) => {
      this.#lastError = error.message;
    });
    client.on('ready', () => {
      this.#lastError = '';
      this.#events.up();
    });
    client.on('close', () => {
      if (!this.#closed && !this.ready) this.#events.down(this.#lastError || 'the connection was closed');
    });
  }

  get ready(): boolean {
    return this.#readers.some(isReady) || isReady(this.#writer);
  }

  /** One octet more than a value may have is asked for at most: who can write to Redis must not fill our memory. */
  async get(key: string): Promise<Uint8Array | null> {
    const value = await this.#reader().getrangeBuffer(key, 0, MAX_VALUE_BYTES);
    return value.length === 0 ? null : value;
  }

  #reader(): Client {
    const ready = this.#readers.filter(isReady);
    return ready.length === 0 ? this.#writer : ready[Math.floor(Math.random() * ready.length)];
  }

  set(key: string, value: Uint8Array, ttl: number): Promise<unknown> {
    return this.#writer.set(key, Buffer.from(value.buffer, value.byteOffset, value.length), 'EX', ttl);
  }

  close(): void {
    this.#closed = true;
    for (const client of [this.#writer, ...this.#readers]) client.disconnect();
  }
}

function isReady(client: Client): boolean {
  return client.status === 'ready';
}

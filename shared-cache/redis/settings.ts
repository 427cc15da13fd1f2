// What a store is told: where Redis is, how to speak to it, and the secrets of the fleet. Plain data from redis_cache to the broker. Cold.

export interface RedisAddress {
  readonly host: string;
  readonly port: number;
}

/** One server with copies to read from. No `readEndpoints`: reads go where writes go. */
export interface SingleTopology {
  readonly kind: 'single';
  readonly endpoint: RedisAddress;
  readonly readEndpoints: readonly RedisAddress[];
}

export interface SentinelTopology {
  readonly kind: 'sentinel';
  /** Name of the group that the sentinels watch. */
  readonly master: string;
  readonly sentinels: readonly RedisAddress[];
  /** Of the sentinels, not of the servers; '' for none. */
  readonly username: string;
  readonly password: string;
}

export interface ClusterTopology {
  readonly kind: 'cluster';
  readonly seeds: readonly RedisAddress[];
  readonly readFrom: 'replica' | 'primary';
}

export type Topology = SingleTopology | SentinelTopology | ClusterTopology;

/** Texts of PEM files; '' for none. */
export interface RedisTls {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
  readonly verifyChain: boolean;
  readonly verifyHostname: boolean;
}

/** How one connection is made. Times in milliseconds. */
export interface ConnectionSettings {
  readonly topology: Topology;
  /** '' for none. */
  readonly username: string;
  readonly password: string;
  readonly db: number;
  /** Null: no TLS. */
  readonly tls: RedisTls | null;
  /** Name server that is asked for the names of endpoints; null: the system's. */
  readonly resolver: RedisAddress | null;
  readonly connectTimeout: number;
  readonly readTimeout: number;
  readonly writeTimeout: number;
  /** 0: the system's default. */
  readonly keepAlive: number;
  /** Pause before a connection is made anew: first and longest. */
  readonly backoffMin: number;
  readonly backoffMax: number;
}

/** A store is the same for everybody with equal settings. */
export interface StoreSettings extends ConnectionSettings {
  /** Milliseconds that a client waits for this store alone; a slower answer counts against the store. */
  readonly budget: number;
  /** Stands before every key. */
  readonly prefix: string;
  /** Shared by all replicas that may trust each other's answers, and nobody else. */
  readonly fleetKey: string;
  /** Stands for everything that decides on answers (zones, upstreams): replicas with another one do not see each other's. */
  readonly policy: string;
}

/** Octets that a fleet key has at least: what a person makes up in fewer can be guessed from one value. */
export const LEAST_FLEET_KEY = 16;

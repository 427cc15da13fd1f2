// Every key of the tuning: default, range, environment variable, meaning. Read by load.ts and describe.ts. Cold.

import type { Schema } from 'convict';
import { bytes, choice, count, milliseconds, path, type Setting, text } from './formats.ts';
import type { Tuning } from './tuning.ts';

const KiB = 1 << 10;
const MiB = 1 << 20;
const GiB = 1 << 30;
const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 3600 * SECOND;

/** Groups → keys → settings. The comments give the trade-off and what would make an operator change the value. */
export const SCHEMA = {
  resolver: {
    // One process costs about 40 MB; a second one only helps against a crash of the whole process, as threads are restarted singly.
    processes: count(
      'SHOAL_RESOLVER_PROCESSES',
      { default: 1, min: 0, max: 64 },
      'resolver processes; 0 runs the threads inside the primary, which saves memory and gives up its isolation',
    ),
    // More threads than CPUs only add context switches: a thread is busy or asleep, never waiting for another.
    threads: count(
      'SHOAL_RESOLVER_THREADS',
      { default: 0, min: 0, max: 256 },
      'threads of each resolver process; 0 starts one for each available CPU (affinity and cgroup quota counted)',
    ),
  },
  udp: {
    io: choice(
      'SHOAL_UDP_IO',
      ['auto', 'batched', 'dgram'],
      "system calls for datagrams: `batched` many packets a call, `dgram` the runtime's own sockets, `auto` the first that works",
    ),
    // A small packet takes about 768 bytes with the kernel's overhead: 4 MiB hold 5,000, which are 25 ms at 200,000 queries/s.
    // Grow it when UdpRcvbufErrors (/proc/net/snmp) grows.
    receiveBuffer: bytes(
      'SHOAL_UDP_RECEIVE_BUFFER',
      { default: 4 * MiB, min: 64 * KiB, max: GiB },
      'socket receive buffer of each thread; the kernel caps it at net.core.rmem_max',
    ),
    // Bigger batches spread the system call over more queries but delay the first answer by the time of the whole batch (64 × 4 µs).
    batch: count('SHOAL_UDP_BATCH', { default: 64, min: 1, max: 64 }, 'most packets taken by one system call'),
  },
  tcp: {
    // Clients of a cluster use TCP for truncated answers only; every connection costs a descriptor and its buffers.
    maxConnections: count(
      'SHOAL_TCP_MAX_CONNECTIONS',
      { default: 1024, min: 1, max: 65536 },
      'most client connections that each thread keeps open',
    ),
    maxPipelined: count(
      'SHOAL_TCP_MAX_PIPELINED',
      { default: 64, min: 1, max: 4096 },
      'most queries in flight on one connection',
    ),
    firstTimeout: milliseconds(
      'SHOAL_TCP_FIRST_TIMEOUT',
      { default: 3 * SECOND, min: 100, max: HOUR },
      'time for the first query to arrive on a new connection',
    ),
    idleTimeout: milliseconds(
      'SHOAL_TCP_IDLE_TIMEOUT',
      { default: 10 * SECOND, min: 100, max: HOUR },
      'time that a connection may stay open without a query',
    ),
  },
  query: {
    // 4,096 answers in 20 ms each are 200,000 upstream queries/s; a dead upstream (2 s) fills it at 2,000/s.
    // Every query has a workspace of 131 KiB of addresses (pages that it touches are memory), all in one arena of less than 2 GiB.
    maxInFlight: count(
      'SHOAL_QUERY_MAX_IN_FLIGHT',
      { default: 4096, min: 16, max: 10000 },
      'queries of each thread that wait for somebody (upstream, Redis); beyond that new ones are shed',
    ),
  },
  forward: {
    // A forged reply has to hit port and id of one query, whatever the number of sockets; more of them only make it harder to watch one. Replies
    // spread over them: with 16 sockets a system call brings fewer, which costs some percent of all answers under load; with 2 bursts of
    // 800 replies fill their queues.
    sockets: count(
      'SHOAL_FORWARD_SOCKETS',
      { default: 4, min: 1, max: 1024 },
      'UDP sockets, each with its own random port, of each thread to each upstream',
    ),
    // A fresh socket takes ten system calls, spread over this many queries: with 256 they were 4 % of all work. Lower values leave a port less
    // time to be found; with 4 sockets a port lives for 0.1 s at 40,000 queries a second, and below 70 a second the minute decides alone.
    queriesPerSocket: count(
      'SHOAL_FORWARD_QUERIES_PER_SOCKET',
      { default: 1024, min: 1, max: 1_000_000 },
      'queries after which an upstream socket is replaced by one with a fresh port',
    ),
  },
  memory: {
    zones: bytes(
      'SHOAL_MEMORY_ZONES',
      { default: 256 * MiB, min: 8 * MiB, max: 2 * GiB - MiB },
      'address space for compiled zones; memory is only used as far as it is filled',
    ),
    answers: bytes(
      'SHOAL_MEMORY_ANSWERS',
      { default: 128 * MiB, min: MiB, max: 2 * GiB - MiB },
      'limit of the answer cache, whatever capacities the Corefile asks for; memory is only used as far as it is filled',
    ),
    answerBytes: count(
      'SHOAL_MEMORY_ANSWER_BYTES',
      { default: 256, min: 64, max: 4096 },
      'bytes reserved for each cached answer on average; more for zones with many or signed records',
    ),
  },
  redis: {
    endpoint: text(
      'SHOAL_REDIS_ENDPOINT',
      '`HOST[:PORT]`',
      'Redis that blocks with `cache` and `forward` share answers in as if they had `redis_cache`; all else is said there',
    ),
    username: text('SHOAL_REDIS_USERNAME', 'a name', 'ACL user of that Redis'),
    passwordFile: path('SHOAL_REDIS_PASSWORD_FILE', 'file with the password of that Redis'),
    fleetKeyFile: path(
      'SHOAL_REDIS_FLEET_KEY_FILE',
      'file with the secret that replicas prove their answers with, for every `redis_cache` without its own',
    ),
    // A Redis nearby answers in less than a millisecond; what is slower than upstreams that are nearby is of no use.
    // Grow it when `shoal_redis_late_total` grows and upstreams take much longer.
    budget: milliseconds(
      'SHOAL_REDIS_BUDGET',
      { default: 5, min: 1, max: SECOND },
      'time that a client waits for Redis before upstreams are asked, too; slower answers count against Redis',
    ),
  },
  kubernetes: {
    maxHeap: count(
      'SHOAL_KUBERNETES_MAX_HEAP',
      { default: 0, min: 0, max: 65536 },
      'heap limit of the watcher thread in MiB, which is restarted when it gets there; 0 for none',
    ),
    stateFolder: path(
      'SHOAL_KUBERNETES_STATE_FOLDER',
      'folder on a volume that outlives the container, in which the state of the cluster is kept: a restart while the API server is away serves it',
    ),
    // 50,000 objects are 20 MB and half a second of CPU; what changed since the last time is asked of the API server anyway.
    stateInterval: milliseconds(
      'SHOAL_KUBERNETES_STATE_INTERVAL',
      { default: MINUTE, min: SECOND, max: 24 * HOUR },
      'time between two times that a changed state is kept; it is kept at the end too',
    ),
    stateMaxAge: milliseconds(
      'SHOAL_KUBERNETES_STATE_MAX_AGE',
      { default: 24 * HOUR, min: SECOND, max: 365 * 24 * HOUR },
      'age after which a kept state is not served any more: addresses of pods find new owners within hours',
    ),
    // Reads the metadata of all objects: 10,000 slices are 12 MB on the API server's side.
    auditInterval: milliseconds(
      'SHOAL_KUBERNETES_AUDIT_INTERVAL',
      { default: 10 * MINUTE, min: 0, max: 24 * HOUR },
      'time between two comparisons of what is known with what the API server has; 0 for none',
    ),
    // Bookmarks come once a minute: below that healthy watches are begun anew (`shoal_kubernetes_watch_stalls_total`).
    watchSilence: milliseconds(
      'SHOAL_KUBERNETES_WATCH_SILENCE',
      { default: 90 * SECOND, min: SECOND, max: HOUR },
      'time without a word after which a watch counts as dead',
    ),
  },
  supervisor: {
    backoffMin: milliseconds(
      'SHOAL_SUPERVISOR_BACKOFF_MIN',
      { default: 100, min: 1, max: HOUR },
      'pause before the first restart of a process or thread that died; doubles with each further one',
    ),
    backoffMax: milliseconds(
      'SHOAL_SUPERVISOR_BACKOFF_MAX',
      { default: 10 * SECOND, min: 1, max: HOUR },
      'longest pause before a restart; not below `supervisor.backoffMin`',
    ),
  },
  shutdown: {
    drain: milliseconds(
      'SHOAL_SHUTDOWN_DRAIN',
      { default: 5 * SECOND, min: 0, max: HOUR },
      'time for queries in flight to be answered when the server stops',
    ),
  },
  log: {
    // One line is about 120 bytes: 64 KiB are 500 lines, eight batches of a thread that logs every query.
    bufferBytes: bytes(
      'SHOAL_LOG_BUFFER_BYTES',
      { default: 64 * KiB, min: 4 * KiB, max: 16 * MiB },
      'log lines of each thread that wait for a slow reader; further ones are dropped and counted',
    ),
  },
} satisfies Schema<Tuning>;

/** The settings by their dotted keys, in the order of the schema. */
export const SETTINGS: ReadonlyMap<string, Setting> = new Map(
  Object.entries(SCHEMA).flatMap(([group, keys]) =>
    Object.entries(keys).map(([key, setting]): [string, Setting] => [`${group}.${key}`, setting]),
  ),
);

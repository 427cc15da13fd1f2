// Metrics of the processes that a server consists of, and of its build. Registered once by the primary; cold.

import type { Labels, Metric, Sample } from './metric.ts';
import { type ProcessReading, readFdLimit, readProcess } from './proc.ts';

/** As much of the registry as this needs. */
export interface Gauges {
  set(metric: Metric, value: number, labels?: Labels): void;
  collector(metric: Metric, rows: () => Iterable<Sample>): void;
}

export interface ServerFacts {
  /** Release of Shoal. */
  readonly version: string;
  /** Release of the reference that it stands in for, without a name: `1.14.7`. */
  readonly compatible: string;
  /** Commit, or ''. */
  readonly revision: string;
  /** Process ids of the resolvers that run now; empty when their threads run inside the primary. */
  readonly resolvers: () => readonly number[];
  /** Threads that answer. */
  readonly threads: () => number;
}

const gauge = (name: string, help: string, ...labels: string[]): Metric => ({ name, help, type: 'gauge', labels });

export const BUILD_INFO = gauge(
  'coredns_build_info',
  'Release of CoreDNS that this server stands in for, always 1.',
  ...['version', 'revision', 'goversion'],
);
export const SHOAL_BUILD_INFO = gauge(
  'shoal_build_info',
  'Release of this server and of its runtime, always 1.',
  ...['version', 'revision', 'runtime'],
);
export const THREADS = gauge('shoal_threads', 'Threads that answer queries.');
export const RESIDENT = gauge(
  'shoal_process_resident_bytes',
  'Resident memory of one process; what processes share is in every one of them.',
  'process',
);
export const CPU: Metric = {
  name: 'process_cpu_seconds_total',
  help: 'CPU time, user and system, of all processes of this server.',
  type: 'counter',
  labels: [],
};
export const TOTAL_RESIDENT = gauge(
  'process_resident_memory_bytes',
  'Resident memory of all processes of this server; what they share is counted once.',
);
export const OPEN_FDS = gauge('process_open_fds', 'Open file descriptors of the process that has most of them.');
export const MAX_FDS = gauge('process_max_fds', 'File descriptors that one process may open.');
export const START_TIME = gauge('process_start_time_seconds', 'Start of the server in seconds since the epoch.');

export const PROCESS_METRICS: readonly Metric[] = [
  ...[BUILD_INFO, SHOAL_BUILD_INFO, THREADS, RESIDENT, CPU, TOTAL_RESIDENT, OPEN_FDS, MAX_FDS, START_TIME],
];

/** Makes them known and computes them at every scrape. Where there is no /proc, those that come from it are missing. */
export function registerProcessMetrics(registry: Gauges, facts: ServerFacts): void {
  const { version, compatible, revision } = facts;
  registry.set(BUILD_INFO, 1, { version: compatible, revision, goversion: `node ${process.version}` });
  registry.set(SHOAL_BUILD_INFO, 1, { version, revision, runtime: `node ${process.version}` });
  registry.set(START_TIME, performance.timeOrigin / 1000);
  registry.collector(THREADS, () => [{ value: facts.threads() }]);
  const group = new ProcessGroup(facts.resolvers);
  registry.collector(CPU, () => [{ value: group.cpu() }]);
  registry.collector(RESIDENT, () => group.resident());
  registry.collector(TOTAL_RESIDENT, () => group.totalResident());
  registry.collector(OPEN_FDS, () => group.openFds());
  registry.collector(MAX_FDS, () => finite(readFdLimit(process.pid)));
}

function finite(value: number | undefined): Sample[] {
  return value === undefined || !Number.isFinite(value) ? [] : [{ value }];
}

/** The primary and its resolvers. */
export class ProcessGroup {
  readonly #resolvers: () => readonly number[];
  readonly #root: string;
  /** Last reading of CPU time by process. */
  readonly #running = new Map<number, number>();
  /** CPU seconds of processes that have ended: a counter must not fall when a resolver is replaced. */
  #ended = 0;

  /** `root`: where the kernel shows its processes. */
  constructor(resolvers: () => readonly number[], root = '/proc') {
    this.#resolvers = resolvers;
    this.#root = root;
  }

  /** Seconds. What a process used after its last reading is lost when it ends. */
  cpu(): number {
    const readings = new Map(this.#readings().map(({ pid, reading }) => [pid, reading.cpu]));
    for (const [pid, last] of this.#running) {
      const now = readings.get(pid);
      if (now === undefined || now < last) this.#ended += last;
    }
    this.#running.clear();
    for (const [pid, cpu] of readings) this.#running.set(pid, cpu);
    if (readings.size === 0) return ownCpu();
    return [...readings.values()].reduce((sum, cpu) => sum + cpu, this.#ended);
  }

  /** One line a process: `primary`, `resolver-1`, … */
  resident(): Sample[] {
    return this.#readings().map(({ process, reading: { resident } }) => ({
      labels: { process },
      value: resident.anonymous + resident.file + resident.shared,
    }));
  }

  /** Own memory of all, and the shared parts as the process that has touched most of them sees them. */
  totalResident(): Sample[] {
    const resident = this.#readings().map(({ reading }) => reading.resident);
    if (resident.length === 0) return [{ value: process.memoryUsage.rss() }];
    const own = resident.reduce((sum, { anonymous }) => sum + anonymous, 0);
    const most = (part: 'file' | 'shared'): number => Math.max(...resident.map((each) => each[part]));
    return [{ value: own + most('file') + most('shared') }];
  }

  openFds(): Sample[] {
    const counts = this.#readings().map(({ reading }) => reading.openFds);
    return counts.length === 0 ? [] : [{ value: Math.max(...counts) }];
  }

  #readings(): { process: string; pid: number; reading: ProcessReading }[] {
    const pids = [process.pid, ...this.#resolvers()];
    return pids.flatMap((pid, i) => {
      const reading = readProcess(pid, this.#root);
      return reading === undefined ? [] : [{ process: i === 0 ? 'primary' : `resolver-${i}`, pid, reading }];
    });
  }
}

function ownCpu(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

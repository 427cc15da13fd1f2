// The life of a server: start, reload, stop. Decides the order of things and leaves the doing to others. Cold.

import { randomBytes } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import { leave } from '#native/system.ts';
import type { Log } from '#ops/log/log.ts';
import { ENTRIES } from '#plugins/cache/metrics.ts';
import { NAME_ADDRESSES, NAME_AGE } from '#plugins/forward/metrics.ts';
import type { PluginName } from '#plugins/setups.ts';
import type { SpareThread } from '#watcher/handle.ts';
import type { ThreadEvent } from '#workers/messages.ts';
import type { Plan } from '#workers/plugins/plan.ts';
import { Caches } from './caches.ts';
import type { CorefileText } from './cli/corefile-source.ts';
import type { Flags } from './cli/flags.ts';
import { versionLines } from './cli/version.ts';
import { availableCpus } from './config/cpus.ts';
import type { Tuning } from './config/tuning.ts';
import { readHashInput } from './corefile/corefile.ts';
import type { Environment } from './corefile/environment.ts';
import { completeLoops, Loops } from './loops/loops.ts';
import { UpstreamNames } from './names/upstream-names.ts';
import type { BlockConfig } from './plan/blocks.ts';
import { buildPlan } from './plan/build.ts';
import { type Configuration, readConfiguration } from './plan/configuration.ts';
import { zoneLines } from './plan/listeners.ts';
import { completeRedis } from './redis.ts';
import { CorefileWatch } from './reload.ts';
import { createSegments, handlesOf, type Segments } from './segments.ts';
import { Services } from './services.ts';
import { Sources } from './sources.ts';
import { Supervisor } from './supervisor/supervisor.ts';
import { Transfers } from './transfers.ts';

export interface ShoalOptions {
  readonly flags: Flags;
  readonly tuning: Tuning;
  readonly env: Environment;
  readonly log: Log;
  readonly corefile: CorefileText;
  /** Reads the Corefile again for a reload. */
  readonly readCorefile: () => CorefileText;
  /** Ended by `start` if the configuration has nothing to watch. */
  readonly spare?: SpareThread;
}

export class Shoal {
  readonly #options: ShoalOptions;
  readonly #seed = randomBytes(4).readInt32LE();
  readonly #segments: Segments;
  readonly #services: Services;
  readonly #sources: Sources;
  readonly #supervisor: Supervisor;
  readonly #transfers: Transfers;
  readonly #loops: Loops;
  readonly #caches: Caches;
  readonly #names: UpstreamNames;
  #configuration: Configuration;
  #watch: CorefileWatch | null = null;
  #version = 0;
  #announced = false;
  #stopping = false;
  #reloading: Promise<void> = Promise.resolve();

  /** Reads the Corefile and sets up memory; throws ConfigError. Nothing listens yet. */
  constructor(options: ShoalOptions) {
    const { tuning, log } = options;
    this.#options = options;
    this.#configuration = this.#read(options.corefile);
    const threads = tuning.resolver.threads === 0 ? availableCpus() : tuning.resolver.threads;
    this.#segments = createSegments(tuning, threads * Math.max(1, tuning.resolver.processes));
    this.#sources = new Sources({
      segments: this.#segments,
      seed: this.#seed,
      tuning,
      log,
      metrics: () => this.#services.metrics,
      transfers: () => this.#transfers,
      manifests: options.flags.manifests,
      env: options.env,
      spare: options.spare,
    });
    this.#services = new Services({
      segments: this.#segments,
      log,
      sources: this.#sources,
      pids: () => this.#supervisor.pids,
      threads,
    });
    this.#caches = new Caches(this.#segments, tuning);
    this.#services.metrics.collector(ENTRIES, () => this.#caches.entries());
    this.#names = new UpstreamNames({ log, moved: () => this.#relocate() });
    this.#services.metrics.collector(NAME_AGE, () => this.#names.ages());
    this.#services.metrics.collector(NAME_ADDRESSES, () => this.#names.counts());
    this.#loops = new Loops({
      log,
      fatal: (line) => this.#die(line),
      probe: (order) => this.#supervisor.probe(order),
      located: (forward) => this.#names.optionsOf(forward),
      metrics: this.#services.metrics,
    });
    this.#supervisor = new Supervisor({
      processes: tuning.resolver.processes,
      threads,
      segments: handlesOf(this.#segments),
      ...tuning.supervisor,
      log,
      onEvent: (event) => this.#receive(event),
      onDeath: (threads) => this.#transfers.threadsDied(threads),
    });
    this.#transfers = new Transfers({
      ask: (id, ask) => this.#sources.askTransfer(id, ask),
      tell: (command) => this.#supervisor.transfer(command),
    });
  }

  /** Threads of all resolvers, for drills and tests. */
  get supervisor(): Supervisor {
    return this.#supervisor;
  }

  #read(corefile: CorefileText): Configuration {
    const { flags, env, log } = this.#options;
    const configuration = readConfiguration(corefile, flags.port, env, log);
    completeRedis(configuration.blocks, this.#options.tuning.redis);
    completeLoops(configuration.blocks);
    return configuration;
  }

  /** Resolves when every socket answers; rejects with the one line that the operator needs, everything closed again. */
  async start(): Promise<void> {
    const configuration = this.#configuration;
    try {
      await this.#services.apply(configuration);
      // Processes start with nothing to serve, while the sources load: sockets open when there is something to say.
      await Promise.all([
        this.#supervisor.start(this.#plan([])),
        this.#sources.prepare(configuration),
        this.#names.prepare(configuration),
      ]);
      await this.#supervisor.apply(this.#plan(configuration.listeners));
      this.#services.bound();
      this.#sources.commit();
      this.#caches.commit(configuration);
      this.#names.commit();
    } catch (error) {
      await this.#close(false, 0);
      throw error;
    }
    // Messages of plugins come before the zones (spec A7).
    this.#watchCorefile(configuration);
    this.#announce(configuration);
    this.#loops.start(configuration);
  }

  #plan(listeners: Configuration['listeners']): Plan {
    return buildPlan(listeners, {
      version: ++this.#version,
      seed: this.#seed,
      tuning: this.#options.tuning,
      metrics: this.#services.metrics,
      options: (block, name) => this.#optionsOf(block, name),
    });
  }

  /** Options of a plugin as its handler gets them: with what only the primary can add. */
  #optionsOf(block: BlockConfig, name: PluginName): unknown {
    if (name === 'cache') return this.#caches.optionsOf(block);
    const forward = name === 'forward' ? block.get(name) : undefined;
    return forward === undefined ? block.get(name) : this.#names.optionsOf(forward);
  }

  #announce(configuration: Configuration): void {
    const { flags } = this.#options;
    if (!flags.quiet)
      process.stdout.write(`${[...zoneLines(configuration.listeners), ...versionLines()].join('\n')}\n`);
    this.#announced = true;
    if (flags.pidfile !== undefined) writePidfile(flags.pidfile);
  }

  #watchCorefile(configuration: Configuration): void {
    const options = configuration.blocks.map((block) => block.get('reload')).find((found) => found !== undefined);
    this.#watch?.stop();
    this.#watch = null;
    if (options === undefined) return;
    const { log, env, readCorefile } = this.#options;
    log.plugin('reload').info(`Running configuration SHA512 = ${configuration.hash}`);
    const read = (): string => {
      const { file, text } = readCorefile();
      return readHashInput(text, { file, env });
    };
    this.#watch = new CorefileWatch(options, configuration.hash, log, read, () =>
      this.reload('plugin/reload: Corefile changed but reload failed'),
    );
    this.#watch.start();
  }

  /** Brings the Corefile as it is now into force, or changes nothing; `via` heads the line that says why not. */
  reload(via: string): Promise<void> {
    this.#reloading = this.#reloading.then(() => this.#reload(via));
    return this.#reloading;
  }

  async #reload(via: string): Promise<void> {
    const { log, readCorefile } = this.#options;
    log.info('Reloading');
    try {
      const configuration = this.#read(readCorefile());
      await this.#switchTo(configuration);
      this.#configuration = configuration;
      this.#loops.start(configuration);
      // The reload plugin names the new configuration before the reload is complete, as the reference's log has it.
      this.#watchCorefile(configuration);
      log.info('Reloading complete');
      this.#services.reloaded(configuration.hash, true);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      log.error(`Restart failed: ${why}`);
      log.error(`${via}: starting with listener file descriptors: ${why}`);
      this.#services.reloaded(this.#configuration.hash, false);
    }
  }

  /** Everything new is built and bound beside the old before anything changes. */
  async #switchTo(configuration: Configuration): Promise<void> {
    const services = await this.#services.prepare(configuration);
    try {
      await Promise.all([this.#sources.prepare(configuration), this.#names.prepare(configuration)]);
      await this.#supervisor.apply(this.#plan(configuration.listeners));
    } catch (error) {
      await services.abort();
      this.#sources.abort();
      this.#caches.abort();
      this.#names.abort();
      throw error;
    }
    services.commit();
    this.#sources.commit();
    this.#caches.commit(configuration);
    this.#names.commit();
  }

  /** Brings new addresses of upstreams into force; false when the threads did not take them. */
  #relocate(): Promise<boolean> {
    const done = this.#reloading.then(() => this.#applyAgain());
    this.#reloading = done.then(() => undefined);
    return done;
  }

  /** The configuration in force, planned anew. */
  async #applyAgain(): Promise<boolean> {
    if (this.#stopping) return false;
    const configuration = this.#configuration;
    try {
      await this.#supervisor.apply(this.#plan(configuration.listeners));
      this.#caches.commit(configuration);
      this.#loops.update(configuration);
      return true;
    } catch (error) {
      this.#caches.abort();
      const why = error instanceof Error ? error.message : String(error);
      this.#options.log.plugin('forward').warning(`new addresses of upstreams could not be brought into force: ${why}`);
      return false;
    }
  }

  #receive(event: ThreadEvent): void {
    if (event.kind === 'loop' || event.kind === 'probed') this.#loops.receive(event);
    else if (event.kind === 'transfer') this.#transfers.asked(event);
    else if (event.kind === 'fatal') this.#die(event.line);
  }

  /** Ends the process as the reference does after a fatal line. */
  #die(line: string): void {
    this.#options.log.fatal(line);
    leave(1);
  }

  /** `drain`: lame duck and draining first, as SIGTERM wants; otherwise only what must be closed is. */
  async stop(drain: boolean): Promise<void> {
    await this.#close(true, drain ? this.#options.tuning.shutdown.drain : 0);
  }

  async #close(lameduck: boolean, drain: number): Promise<void> {
    const { flags } = this.#options;
    this.#watch?.stop();
    this.#stopping = true;
    this.#loops.stop();
    this.#names.stop();
    // What is kept over a restart is written while the resolvers drain.
    const kept = this.#sources.stop();
    await this.#services.stop(lameduck);
    await this.#supervisor.stop(drain);
    await kept;
    // A start that failed has not written it: it may be that of another server.
    if (this.#announced && flags.pidfile !== undefined) rmSync(flags.pidfile, { force: true });
  }
}

/** Gone whatever way the process leaves, SIGQUIT and a forced end included. */
function writePidfile(path: string): void {
  writeFileSync(path, `${process.pid}\n`, { mode: 0o644 });
  process.once('exit', () => rmSync(path, { force: true }));
}

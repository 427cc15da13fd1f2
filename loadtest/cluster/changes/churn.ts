// EndpointSlices that change at a steady rate: the noise of a large cluster. Called by churn-run.ts. Cold.

import type { ClusterApi } from '../api/client.ts';
import { type KubeObject, serviceObject, sliceObject } from '../api/objects.ts';
import { inParallel } from '../parallel.ts';
import type { Probe } from './probe.ts';
import { addressesIn, NAMESPACE, NAMESPACE_OBJECT, nameOf } from './steps.ts';

/** Headless services whose slices change in turn. */
const SERVICES = 200;
const ENDPOINTS = 3;
/** Requests at once while all of them are made, or deleted. */
const WIDTH = 16;
/** How often (ms) changes that are due are sent. */
const TICK = 5;
/** Most changes under way: beyond that, the API server is what is measured. */
const MOST = 64;
const SECOND = 1000;

/** What was done in a time of churn. */
export interface Churned {
  readonly changes: number;
  /** Changes that were due while MOST were under way; never made. */
  readonly skipped: number;
}

export class Churn {
  readonly #api: ClusterApi;
  readonly #run: string;
  /** How often each service's slice was changed. */
  readonly #versions = new Uint32Array(SERVICES);
  readonly #busy = new Set<number>();
  #next = 0;

  private constructor(api: ClusterApi, run: string) {
    this.#api = api;
    this.#run = run;
  }

  /** Makes the services with their first slices. @throws ClusterError */
  static async open(api: ClusterApi): Promise<Churn> {
    const churn = new Churn(api, `${process.pid}`);
    await api.create(NAMESPACE_OBJECT);
    await inParallel(Array(SERVICES).keys(), WIDTH, async (i) => {
      await api.create(churn.#service(i));
      await api.create(churn.#slice(i));
    });
    return churn;
  }

  /** DNS names of the services. */
  get names(): string[] {
    return Array.from({ length: SERVICES }, (_, i) => nameOf(this.#nameOf(i)));
  }

  /** Changes `rate` slices a second until `end` is settled, and waits for the last reply. @throws ClusterError */
  async run(rate: number, end: Promise<unknown>): Promise<Churned> {
    const start = performance.now();
    let [due, skipped, ended] = [0, 0, false];
    const running = new Set<Promise<void>>();
    const failures: unknown[] = [];
    const finish = (): void => {
      ended = true;
    };
    end.then(finish, finish);
    while (!ended && failures.length === 0) {
      for (const until = ((performance.now() - start) * rate) / SECOND; due < until; due++) {
        if (running.size >= MOST) skipped++;
        else {
          const change = this.#change().catch((error: unknown) => void failures.push(error));
          running.add(change);
          void change.then(() => running.delete(change));
        }
      }
      await new Promise((done) => setTimeout(done, TICK));
    }
    await Promise.all(running);
    if (failures.length > 0) throw failures[0];
    return { changes: due - skipped, skipped };
  }

  /** Waits until the server answers with the last addresses of every service. @throws ClusterError that names one that does not come */
  async settled(probe: Probe): Promise<void> {
    for (let i = 0; i < SERVICES; i++) {
      const want = this.#addresses(i).sort().join();
      await probe.until({ name: nameOf(this.#nameOf(i)), type: 'A' }, (seen) => addressesIn(seen) === want);
    }
  }

  /** Deletes what it made, but for the namespace. */
  async close(): Promise<void> {
    await inParallel(Array(SERVICES).keys(), WIDTH, async (i) => {
      await this.#api.delete(this.#slice(i));
      await this.#api.delete(this.#service(i));
    });
  }

  /** One change of the next slice that none is under way of: two at once might arrive in the other order. */
  async #change(): Promise<void> {
    while (this.#busy.has(this.#next)) this.#next = (this.#next + 1) % SERVICES;
    const i = this.#next;
    this.#next = (this.#next + 1) % SERVICES;
    this.#busy.add(i);
    this.#versions[i]++;
    try {
      await this.#api.put(this.#slice(i));
    } finally {
      this.#busy.delete(i);
    }
  }

  #nameOf(i: number): string {
    return `churn-${this.#run}-${i}`;
  }

  #service(i: number): KubeObject {
    return serviceObject({ name: this.#nameOf(i), namespace: NAMESPACE }, true);
  }

  #slice(i: number): KubeObject {
    return sliceObject({ name: this.#nameOf(i), namespace: NAMESPACE }, this.#addresses(i), true);
  }

  /** Others than those of the version before. */
  #addresses(i: number): string[] {
    const host = (this.#versions[i] % 84) * ENDPOINTS;
    return Array.from({ length: ENDPOINTS }, (_, k) => `10.98.${i}.${host + k}`);
  }
}

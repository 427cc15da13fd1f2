// A fake API server, a client of it and a source that keeps a sink in step. Tests only.

import type { TestContext } from 'node:test';
import { FakeApi, type FakeApiOptions } from '../../testing/api/server.ts';
import { until } from '../../testing/folder.ts';
import { type Plain, plainService } from '../../testing/objects.ts';
import { PROTOBUF_ENCODER } from '../../testing/protobuf.ts';
import { ApiClient } from '../client.ts';
import { openConnection } from '../connection.ts';
import type { ApiNeeds, ApiPlan } from '../plan.ts';
import type { ApiSourceOptions } from '../settings.ts';
import { ApiSource } from '../source.ts';
import type { KindStats } from '../stats.ts';
import { endpoint, WIDE } from './client.ts';
import { MemorySink } from './sink.ts';

export const LITTLE: ApiNeeds = { slices: false, pods: false, imports: false };

export interface World {
  readonly api: FakeApi;
  readonly sink: MemorySink;
  readonly source: ApiSource;
}

export interface WorldOptions {
  readonly server?: FakeApiOptions;
  readonly source?: ApiSourceOptions;
  readonly objects?: readonly Plain[];
  readonly labels?: string;
  readonly namespaceLabels?: string;
}

/** Nothing is started yet. Ends with the test. */
export async function worldOf(context: TestContext, options: WorldOptions = {}): Promise<World> {
  const binary = options.source?.protobuf === true;
  const api = await FakeApi.start({ encoders: binary ? [PROTOBUF_ENCODER] : [], ...options.server });
  api.load(options.objects ?? []);
  const client = new ApiClient({
    connection: await openConnection(endpoint(api.url)),
    limits: WIDE,
    userAgent: 'shoal/test',
  });
  const plan: ApiPlan = {
    kind: 'api',
    key: 'test',
    connection: endpoint(api.url),
    limits: WIDE,
    labels: options.labels ?? '',
    namespaceLabels: options.namespaceLabels ?? '',
  };
  const sink = new MemorySink();
  const quick: ApiSourceOptions = { auditInterval: 0, backoff: { first: 10, longest: 40 }, protobuf: false };
  const source = new ApiSource(plan, client, sink, { ...quick, ...options.source });
  context.after(async () => {
    await source.close();
    client.close();
    await api.close();
  });
  return { api, sink, source };
}

/** The row of a kind. Fails when it is not watched. */
export function statsOf(source: ApiSource, kind: KindStats['kind'] = 'Service'): KindStats {
  const row = source.stats().find((stats) => stats.kind === kind);
  if (row === undefined) throw new Error(`${kind} is not watched`);
  return row;
}

/** Waits until these services of `default` are known, and no others. */
export function servicesAre({ sink }: World, ...names: string[]): Promise<true> {
  const wanted = names.map((name) => `default/${name}`).join();
  return until(
    `services ${names.join()}, not ${sink.names('Service').join()}`,
    () => sink.names('Service').join() === wanted && true,
  );
}

/** A watch of services is in force. */
export function watching({ source }: World): Promise<true> {
  return until('a watch of services', () => statsOf(source).watching && true);
}

/** `version` is the number of its port, which sinks show, and the value of its label `v`. */
export function service(name: string, version = ''): Plain {
  const told = version === '' ? {} : { ports: [Number(version)], labels: { v: version } };
  return plainService(name, { ip: '10.0.0.1', ...told });
}

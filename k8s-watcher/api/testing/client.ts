// A client with few words. Tests only.

import type { TestContext } from 'node:test';
import { ApiClient, type ApiClientOptions, type ApiRequest } from '../client.ts';
import { openConnection } from '../connection.ts';
import type { ApiConnection, ApiLimits } from '../plan.ts';

/** Limits that no test meets by chance. */
export const WIDE: ApiLimits = { qps: 10_000, burst: 10_000, maxInflight: 0 };

/** Ends with the test. */
export async function clientOf(
  context: TestContext,
  connection: ApiConnection,
  options: Partial<Omit<ApiClientOptions, 'connection'>> = {},
): Promise<ApiClient> {
  const client = new ApiClient({
    connection: await openConnection(connection),
    limits: WIDE,
    userAgent: 'shoal/test',
    ...options,
  });
  context.after(() => client.close());
  return client;
}

/** A list that waits 5 s at most. */
export function requestOf(fields: Partial<ApiRequest> = {}): ApiRequest {
  return {
    path: '/api/v1/services',
    accept: 'application/json',
    signal: new AbortController().signal,
    idleTimeout: 5000,
    watch: false,
    ...fields,
  };
}

/** Plain http at `url`. */
export function endpoint(url: string): ApiConnection {
  return { kind: 'endpoint', url, tls: null };
}

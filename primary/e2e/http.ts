// What an orchestrator and a scraper see: /health, /ready, /metrics. Used by whole-server tests. Cold.

import { request } from 'node:http';

export interface Page {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

/** One GET over a connection of its own; null when the connection is refused or cut. */
export function get(port: number, path: string, address = '127.0.0.1'): Promise<Page | null> {
  return new Promise((resolve) => {
    const asked = request({ host: address, port, path, agent: false, timeout: 3000 }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        body += chunk;
      });
      response.on('error', () => resolve(null));
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, type: response.headers['content-type'] ?? '', body }),
      );
    });
    asked.on('timeout', () => asked.destroy());
    asked.on('error', () => resolve(null));
    asked.end();
  });
}

/** Samples of a scrape: `name{label="value",…}` as printed → value. */
export type Samples = ReadonlyMap<string, number>;

/** Scrapes /metrics; throws when it is not served. */
export async function scrape(port: number): Promise<Samples> {
  const page = await get(port, '/metrics');
  if (page?.status !== 200) throw new Error(`/metrics on port ${port}: ${page?.status ?? 'refused'}`);
  return readSamples(page.body);
}

export function readSamples(text: string): Samples {
  const samples = new Map<string, number>();
  for (const line of text.split('\n')) {
    if (line === '' || line.startsWith('#')) continue;
    const at = line.lastIndexOf(' ');
    samples.set(line.slice(0, at), Number(line.slice(at + 1)));
  }
  return samples;
}

/** Sum of the samples of a metric whose labels contain all of `labels`. */
export function sum(samples: Samples, metric: string, labels: Readonly<Record<string, string>> = {}): number {
  let total = 0;
  for (const [sample, value] of samples) {
    const [name, rest = ''] = splitSample(sample);
    const parts = Object.entries(labels).map(([label, wanted]) => `${label}="${wanted}"`);
    if (name === metric && parts.every((part) => rest.includes(part))) total += value;
  }
  return total;
}

function splitSample(sample: string): [string, string?] {
  const at = sample.indexOf('{');
  return at < 0 ? [sample] : [sample.slice(0, at), sample.slice(at)];
}

// What is used of prom-client. Its index also loads what pushes metrics, gathers them over clusters and watches the runtime, with HTTP and TLS
// clients: 5 MB for every process that has a registry. Cold.

import { createRequire } from 'node:module';
import type * as PromClient from 'prom-client';

const require = createRequire(import.meta.url);

export const Registry = require('prom-client/lib/registry') as typeof PromClient.Registry;
export type Registry = PromClient.Registry;
export const Gauge = require('prom-client/lib/gauge') as typeof PromClient.Gauge;
export type Gauge = PromClient.Gauge;

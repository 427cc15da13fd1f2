// The generator's flags. Read by loadtest/main.ts and, for the names, by whoever starts it. Cold.

import { choice, count, decimal, endpoint, processIds, text, toggle } from '#loadtest/flags/kinds.ts';
import type { Values } from '#loadtest/flags/parse.ts';

export const INTRO = `Sends DNS queries over UDP and tells how fast they are answered.

  node loadtest/main.ts --server 127.0.0.1:1053 --names FILE

Without --rate the loop is closed: a new query follows each answer, so that as many are outstanding as --window says;
that measures how much a server can do. With --rate the loop is open: queries go out evenly whatever the server does, and
latency counts from the time at which a query was due; that measures how long clients wait at a given load.`;

export const FLAGS = {
  server: endpoint('server to ask'),
  names: text('FILE', 'names to ask for, one "NAME TYPE" per line, from first to last and again'),
  seconds: decimal('SECONDS', 'time to measure', { value: 5, min: 0.1, max: 86_400 }),
  warmup: decimal('SECONDS', 'time to send before measuring', { value: 1, min: 0, max: 3600 }),
  clients: count('COUNT', 'sockets, each with a port of its own', { value: 8, min: 1, max: 1024 }),
  window: count('COUNT', 'queries outstanding in a closed loop, over all clients', { value: 256, min: 1, max: 65_536 }),
  rate: count('COUNT', 'queries per second of an open loop; 0 for a closed one', { value: 0, min: 0, max: 10_000_000 }),
  doze: toggle(
    'sleep between the queries of an open loop, which keeps no core busy and makes latencies up to 2 ms longer',
  ),
  timeout: decimal('SECONDS', 'time after which a query counts as lost', { value: 1, min: 0.01, max: 60 }),
  edns: count('OCTETS', 'UDP size to announce by EDNS; 0 sends no OPT record', { value: 0, min: 0, max: 65_535 }),
  'server-pid': processIds("the server's processes, to measure their CPU time"),
  io: choice(['auto', 'batched', 'dgram'], 'how datagrams are sent: many a system call, or by node:dgram', 'auto'),
  json: toggle('print one line of JSON instead of a summary'),
} as const;

export type Options = Values<typeof FLAGS>;

// Sends the probe of a server block to the server itself (behaviour D loop). Used by the primary at start and after a reload. Cold.

import { randomInt } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { CLASS, FLAG, HEADER_BYTES, TYPE } from '#wire/constants.ts';
import { encodeName } from '#wire/name.ts';
import type { LoopOptions } from './options.ts';
import type { LoopWatch } from './watch.ts';

/** Milliseconds. The reference tries again every second for half a minute. */
export interface ProbeTimes {
  readonly every: number;
  readonly total: number;
}

const TIMES: ProbeTimes = { every: 1000, total: 30_000 };
/** Milliseconds that one probe waits for its answer. */
const ANSWER_TIME = 2000;

export interface ProbeOptions {
  /** Hears how the tries went. */
  readonly watch?: LoopWatch;
  readonly signal?: AbortSignal;
  readonly times?: ProbeTimes;
}

/**
 * Asks `address:port` (the block's listener; '' or a wildcard means loopback) for the probe's HINFO by UDP until any answer comes; true when
 * one came, false when the time is over or `signal` says to stop. Never throws.
 */
export async function sendProbe(
  { name }: Pick<LoopOptions, 'name'>,
  address: string,
  port: number,
  { watch, signal, times = TIMES }: ProbeOptions = {},
): Promise<boolean> {
  const end = performance.now() + times.total;
  while (performance.now() < end && signal?.aborted !== true) {
    if (await ask(name, reachable(address), port, signal)) {
      watch?.sent();
      return true;
    }
    watch?.retry();
    await delay(times.every, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
  }
  watch?.giveUp();
  return false;
}

function reachable(address: string): string {
  if (address === '' || address === '0.0.0.0') return '127.0.0.1';
  return address === '::' ? '::1' : address;
}

/** One try: true when an answer with the right id came. */
function ask(name: string, address: string, port: number, signal?: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const id = randomInt(65_536);
    const socket = createSocket(isIPv6(address) ? 'udp6' : 'udp4');
    const timer = setTimeout(() => finish(false), ANSWER_TIME);
    const stop = (): void => finish(false);
    let done = false;
    function finish(answered: boolean): void {
      if (done) return;
      done = true;
      clearTimeout(timer);
      signal?.removeEventListener('abort', stop);
      socket.close(() => resolve(answered));
    }
    signal?.addEventListener('abort', stop);
    socket.on('error', stop);
    socket.on('message', (message) => {
      if (message.length >= HEADER_BYTES && message.readUInt16BE(0) === id && (message[2] & 0x80) !== 0) finish(true);
    });
    socket.connect(port, address, () => {
      if (!done) socket.send(question(name, id));
    });
  });
}

/** HINFO, IN, RD. */
function question(name: string, id: number): Buffer {
  const wire = encodeName(name);
  const message = Buffer.alloc(HEADER_BYTES + wire.length + 4);
  message.writeUInt16BE(id, 0);
  message.writeUInt16BE(FLAG.RD, 2);
  message.writeUInt16BE(1, 4);
  message.set(wire, HEADER_BYTES);
  message.writeUInt16BE(TYPE.HINFO, HEADER_BYTES + wire.length);
  message.writeUInt16BE(CLASS.IN, HEADER_BYTES + wire.length + 2);
  return message;
}

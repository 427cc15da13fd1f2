// One question to a server of this machine, for those who wait for it or check it. Cold.

import { randomInt } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { type Answer, decode, encode, type RecordType } from 'dns-packet';
import { FLAG, HEADER_BYTES } from '#wire/constants.ts';

export interface Reply {
  /** The header's four bits. */
  readonly rcode: number;
  /** The answer section. */
  readonly answers: readonly Answer[];
}

/** The reply of 127.0.0.1, or undefined when none comes within `timeout` ms or nobody listens. */
export function ask(port: number, name: string, type: RecordType, timeout: number): Promise<Reply | undefined> {
  const id = randomInt(65_536);
  const query = encode({ type: 'query', id, flags: FLAG.RD, questions: [{ name, type }] });
  const socket = createSocket('udp4');
  return new Promise((resolve) => {
    const finish = (reply: Reply | undefined): void => {
      clearTimeout(timer);
      socket.close();
      resolve(reply);
    };
    const timer = setTimeout(finish, timeout, undefined);
    socket.once('error', () => finish(undefined));
    socket.on('message', (message) => {
      if (message.length >= HEADER_BYTES && message.readUInt16BE(0) === id) finish(read(message));
    });
    // Connected, so that a port without a listener is told at once.
    socket.connect(port, '127.0.0.1', () => socket.send(query));
  });
}

/** A message that is none counts as no reply. */
function read(message: Buffer): Reply | undefined {
  try {
    return { rcode: message.readUInt16BE(2) & FLAG.RCODE, answers: decode(message).answers ?? [] };
  } catch {
    return undefined;
  }
}

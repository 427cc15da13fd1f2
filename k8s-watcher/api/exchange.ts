// One HTTP request and the head of its answer, with deadlines and a signal that hold for the body too. Called by the client. Cold.

import type { Agent, ClientRequest, IncomingMessage, OutgoingHttpHeaders } from 'node:http';
import { request as encrypted } from 'node:https';
import type { Socket } from 'node:net';
import { ApiTimeoutError, cancelled } from './errors.ts';

/** Not imported: the module's facade would touch every export, among them a whole client for the web (7 MB in every isolate). */
const { request: plain } = process.getBuiltinModule('node:http');

export interface Exchange {
  readonly secure: boolean;
  readonly host: string;
  readonly port: string;
  readonly path: string;
  readonly headers: OutgoingHttpHeaders;
  readonly agent: Agent;
  readonly signal: AbortSignal;
  /** Milliseconds until the connection stands, and without an octet on it. */
  readonly connectTimeout: number;
  readonly idleTimeout: number;
}

/** System calls' own keep-alive starts after this many milliseconds: half-open connections are noticed by the system too. */
const KEEP_ALIVE_DELAY = 15_000;

/**
 * Resolves with the head; body errors are ApiTimeoutError, ApiRequestError (cancelled), or what the system says. A kept connection that
 * the server has closed meanwhile is no failure: the request is sent again.
 */
export async function exchange(options: Exchange): Promise<IncomingMessage> {
  for (;;) {
    if (options.signal.aborted) throw cancelled();
    const request = send(options);
    try {
      return await headOf(request, options);
    } catch (error) {
      if (!request.reusedSocket || !isReset(error)) throw error;
    }
  }
}

function send(options: Exchange): ClientRequest {
  const { secure, host, port, path, headers, agent, idleTimeout } = options;
  const request = (secure ? encrypted : plain)({
    host,
    path,
    headers,
    agent,
    timeout: idleTimeout,
    ...(port === '' ? {} : { port }),
  });
  request.setSocketKeepAlive(true, KEEP_ALIVE_DELAY);
  request.once('socket', (socket) => limitConnecting(request, socket, options));
  return request;
}

/** Time to connect is limited apart: a server that is not there should be told sooner than one that thinks. */
function limitConnecting(request: ClientRequest, socket: Socket, { secure, connectTimeout }: Exchange): void {
  if (request.reusedSocket) return;
  const timer = setTimeout(() => {
    request.destroy(new ApiTimeoutError(`no connection within ${seconds(connectTimeout)}`));
  }, connectTimeout);
  const stop = (): void => clearTimeout(timer);
  socket.once(secure ? 'secureConnect' : 'connect', stop);
  socket.once('close', stop);
}

/** Whatever ends the request later ends the body, with the same error. */
function headOf(request: ClientRequest, { signal, idleTimeout }: Exchange): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  let body: IncomingMessage | null = null;
  const end = (error: Error): unknown => (body ?? request).destroy(error);
  const cancel = (): unknown => end(cancelled());
  signal.addEventListener('abort', cancel);
  request.on('timeout', () => end(new ApiTimeoutError(`nothing received for ${seconds(idleTimeout)}`)));
  // Stays: what happens to the connection after the head is told by the body, and by the request once more.
  request.on('error', reject);
  request.once('close', () => signal.removeEventListener('abort', cancel));
  request.once('response', (message) => {
    body = message;
    resolve(message);
  });
  request.end();
  return promise;
}

function isReset(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ECONNRESET' || code === 'EPIPE';
}

function seconds(milliseconds: number): string {
  return `${milliseconds / 1000} s`;
}

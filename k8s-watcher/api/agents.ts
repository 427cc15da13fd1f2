// Connections that are kept between requests, renewed when what secures them changes. Called by the client. Cold.

import type { Agent } from 'node:http';
import { type AgentOptions, Agent as SecureAgent } from 'node:https';
import { isIP } from 'node:net';
import { checkServerIdentity, type SecureContext } from 'node:tls';
import type { Credential } from './access/credentials.ts';
import type { TlsMaterial } from './access/tls.ts';
import type { Connection } from './connection.ts';

/** Not imported: the module's facade would touch every export, among them a whole client for the web (7 MB in every isolate). */
const { Agent: PlainAgent } = process.getBuiltinModule('node:http');

/**
 * Milliseconds that a connection without a request is kept. Lists come in bursts (pages, kinds, one after the other), then for minutes
 * there is nothing but watches, which hold their own; an idle TLS connection costs about 50 kB here and more at the server.
 */
const IDLE = 20_000;
/** One kept connection a kind is all that bursts use. */
const MAX_IDLE = 4;
/** Sessions that TLS may resume, in kilobytes each: there is one server. */
const MAX_SESSIONS = 2;

const KEEP = { keepAlive: true, maxFreeSockets: MAX_IDLE, timeout: IDLE, scheduling: 'lifo' } as const;

export class Agents {
  readonly #tls: TlsMaterial | null;
  #context: SecureContext | null = null;
  #agent: Agent;
  #closed = false;

  constructor(connection: Connection) {
    this.#tls = connection.tls;
    this.#agent = new PlainAgent(KEEP);
  }

  /** The agent for trust and certificates as they are now. Throws ApiConfigError. */
  async current(certificate: Credential['certificate']): Promise<Agent> {
    if (this.#tls === null) return this.#agent;
    const context = await this.#tls.context(certificate);
    if (context !== this.#context) {
      this.#retire();
      this.#context = context;
      this.#agent = secureAgent(this.#tls, context);
      if (this.#closed) this.close();
    }
    return this.#agent;
  }

  /** Ends all connections of the present agent; those of retired ones end with their requests. */
  close(): void {
    this.#closed = true;
    this.#agent.destroy();
  }

  /** Requests under way go on: a watch is not cut because a certificate was renewed. */
  #retire(): void {
    this.#agent.maxFreeSockets = 0;
    for (const sockets of Object.values(this.#agent.freeSockets)) for (const socket of sockets ?? []) socket.destroy();
  }
}

function secureAgent({ servername, insecure }: TlsMaterial, secureContext: SecureContext): Agent {
  return new SecureAgent({
    ...KEEP,
    secureContext,
    maxCachedSessions: MAX_SESSIONS,
    rejectUnauthorized: !insecure,
    ...(servername === '' ? {} : named(servername)),
  });
}

/** SNI takes no addresses (RFC 6066 section 3), certificates do. */
function named(name: string): AgentOptions {
  return {
    servername: isIP(name) === 0 ? name : '',
    checkServerIdentity: (_host, certificate) => checkServerIdentity(name, certificate),
  };
}

// One upstream by TLS or HTTPS and a forward rig that asks it: the kit of the tests of both. Tests only.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { Authority } from '#watcher/testing/certificates.ts';
import {
  AUTHORITY,
  type SecureOptions,
  type SecureReaction,
  type SecureRequest,
  type SecureScript,
  SecureUpstream,
} from '../../../testing/secure-upstream.ts';
import { replyTo } from '../../../testing/upstream.ts';
import { ForwardRig, type Outcomes } from '../rig.ts';
import { A } from '../scene.ts';

const folder = mkdtempSync(join(tmpdir(), 'forward-secure-'));
process.once('exit', () => rmSync(folder, { recursive: true }));

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

export const CA = file('ca.pem', AUTHORITY.cert);
export const OTHER_CA = file('other-ca.pem', new Authority('somebody else').cert);
const client = AUTHORITY.issue({ name: 'client' });
export const CERT = file('cert.pem', client.cert);
export const KEY = file('key.pem', client.key);

export type Secure = 'tls' | 'https';
export const BOTH: readonly Secure[] = ['tls', 'https'];
const PROTO = { tls: 'tcp-tls', https: 'https' } as const;

/** Answers with an address that says which request it was. */
export const numbered: SecureScript = (request) => [numberedReply(request)];
export function numberedReply(request: SecureRequest): Buffer {
  const data = `192.0.2.${request.index + 1}`;
  return replyTo(request, { answers: [{ name: request.name, type: 'A', ttl: 60, data }] });
}

/** Says something else to the first request. */
export function atFirst(reactions: (request: SecureRequest) => readonly SecureReaction[]): SecureScript {
  return (request) => (request.index === 0 ? reactions(request) : numbered(request));
}

export interface SceneOptions extends SecureOptions {
  /** Stand in the block of forward. */
  readonly properties?: string;
  /** Behind the address. */
  readonly name?: string;
  /** What the upstream speaks, when that is not what it is asked by. */
  readonly server?: Secure;
}

/** One upstream and a rig that asks it; closed when the test is over. */
export class SecureScene {
  readonly upstream: SecureUpstream;
  readonly rig: ForwardRig;
  readonly #secure: Secure;

  private constructor(secure: Secure, upstream: SecureUpstream, rig: ForwardRig) {
    this.#secure = secure;
    this.upstream = upstream;
    this.rig = rig;
  }

  static async open(
    secure: Secure,
    script: SecureScript,
    { properties = '', name = '', server = secure, ...options }: SceneOptions = {},
  ): Promise<SecureScene> {
    const upstream = await SecureUpstream.open(server, script, options);
    const tls = /^ *tls /m.test(properties) ? '' : `tls ${CA}`;
    const to = `${secure}://${upstream.text}${name === '' ? '' : `%${name}`}`;
    return new SecureScene(secure, upstream, new ForwardRig(`forward . ${to} {\n${tls}\n${properties}\n}`));
  }

  ask(name = 'www.example.test'): Promise<Outcomes> {
    return this.rig.ask({ ...A, name });
  }

  connections(kind: 'hits' | 'misses'): number {
    const labels = `proto="${PROTO[this.#secure]}",proxy_name="forward",to="${this.upstream.text}"`;
    return this.rig.count(`coredns_proxy_conn_cache_${kind}_total{${labels}}`);
  }

  async close(): Promise<void> {
    this.rig.close();
    await this.upstream.close();
  }
}

export function play(
  name: string,
  secures: readonly Secure[],
  open: (secure: Secure) => Promise<SecureScene>,
  body: (scene: SecureScene) => Promise<void>,
): void {
  for (const secure of secures) {
    test(`${secure}: ${name}`, async () => {
      const scene = await open(secure);
      try {
        await body(scene);
      } finally {
        await scene.close();
      }
    });
  }
}

export function address({ decoded }: Outcomes): string | undefined {
  return decoded?.answer[0]?.split(' ').at(-1);
}

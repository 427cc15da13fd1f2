// Who asks: headers, and client certificates that come with them. Read again before they run out and when the server refuses them. Cold.

import type { CachedFile } from './file.ts';

/** What goes along with a request. */
export interface Credential {
  /** Value of the Authorization header; '' for none. */
  readonly authorization: string;
  /** PEM of a certificate and its key that credentials bring along; null when they bring none. */
  readonly certificate: { readonly cert: string; readonly key: string } | null;
}

/** A source of credentials. */
export interface Credentials {
  /** Whose they are, for error lines: `the token of user "x" in FILE`; '' when nobody asks. */
  readonly owner: string;
  /** What holds now. Throws ApiConfigError with one line. */
  current(): Promise<Credential>;
  /** The server has refused `refused`. True when there is something else to offer now. */
  renew(refused: Credential): Promise<boolean>;
}

/** The same as long as the process lives: nobody, a token, a name and password. */
export class FixedCredentials implements Credentials {
  readonly owner: string;
  readonly #credential: Credential;

  constructor(owner: string, authorization: string) {
    this.owner = owner;
    this.#credential = { authorization, certificate: null };
  }

  current(): Promise<Credential> {
    return Promise.resolve(this.#credential);
  }

  renew(): Promise<boolean> {
    return Promise.resolve(false);
  }
}

/** Nobody. */
export const ANONYMOUS: Credentials = new FixedCredentials('', '');

/** A token in a file that somebody else keeps fresh (the kubelet does so at 80 % of its life). */
export class TokenFile implements Credentials {
  readonly owner: string;
  readonly #file: CachedFile;
  #credential: Credential = { authorization: '', certificate: null };

  constructor(owner: string, file: CachedFile) {
    this.owner = owner;
    this.#file = file;
  }

  /** The same object as long as the token is the same: `renew` compares by it. */
  async current(): Promise<Credential> {
    const authorization = `Bearer ${(await this.#file.read()).trim()}`;
    if (authorization !== this.#credential.authorization) this.#credential = { authorization, certificate: null };
    return this.#credential;
  }

  async renew(refused: Credential): Promise<boolean> {
    this.#file.forget();
    return (await this.current()).authorization !== refused.authorization;
  }
}

/** HTTP basic authentication (RFC 7617). */
export function basic(name: string, password: string): string {
  return `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}`;
}

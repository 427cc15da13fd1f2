// Whom to trust and what to show: CA, client certificate and key, checked before they are used and renewed as their files change. Cold.

import { createPrivateKey, X509Certificate } from 'node:crypto';
import { createSecureContext, getCACertificates, type SecureContext } from 'node:tls';
import { ApiConfigError } from '../errors.ts';
import type { Credential } from './credentials.ts';
import type { Source } from './file.ts';

export interface TlsOptions {
  /** PEM, one certificate or many; null for those that the system trusts. */
  readonly ca: Source | null;
  /** Both or neither. */
  readonly cert: Source | null;
  readonly key: Source | null;
  /** Name that the server's certificate has to have; '' for the host of the URL. */
  readonly servername: string;
  /** The server's certificate is not looked at. */
  readonly insecure: boolean;
}

export class TlsMaterial {
  readonly servername: string;
  readonly insecure: boolean;
  /** What the server is checked by, for error lines. */
  readonly trust: string;
  readonly #options: TlsOptions;
  #texts: readonly string[] = [];
  #context: SecureContext | null = null;

  constructor(options: TlsOptions) {
    this.servername = options.servername;
    this.insecure = options.insecure;
    this.trust = options.ca?.name ?? 'the certificates that this system trusts';
    this.#options = options;
  }

  /**
   * The same object as long as nothing has changed. A certificate that credentials bring along goes before the one configured. Throws
   * ApiConfigError, unless there has been a context that works: files that do not fit each other are being replaced.
   */
  async context(certificate: Credential['certificate'] = null): Promise<SecureContext> {
    const { ca, cert, key } = this.#options;
    const texts = [
      (await ca?.read()) ?? '',
      certificate?.cert ?? (await cert?.read()) ?? '',
      certificate?.key ?? (await key?.read()) ?? '',
    ];
    if (this.#context !== null && texts.every((text, i) => text === this.#texts[i])) return this.#context;
    try {
      this.#context = this.#build(texts);
      this.#texts = texts;
    } catch (error) {
      if (this.#context === null || certificate !== null) throw error;
    }
    return this.#context;
  }

  /** Whoever looks at no certificate needs none: those of a system are 140, which take 5 MB and 80 ms. */
  #trusted(ca: string): string | string[] {
    if (ca !== '') return ca;
    return this.insecure ? [] : systemTrust();
  }

  #build([ca, cert, key]: readonly string[]): SecureContext {
    const { ca: trust, cert: shown, key: secret } = this.#options;
    if (ca !== '') checkCertificate(trust?.name ?? 'CA', ca);
    if (cert !== '') {
      const owned = checkCertificate(shown?.name ?? 'client certificate', cert);
      checkKey(secret?.name ?? 'client key', key, owned);
    }
    return createSecureContext({
      ca: this.#trusted(ca),
      ...(cert === '' ? {} : { cert, key }),
      minVersion: 'TLSv1.2',
    });
  }
}

function checkCertificate(name: string, pem: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch {
    throw new ApiConfigError(`${name}: no PEM certificate`);
  }
}

function checkKey(name: string, pem: string, certificate: X509Certificate): void {
  const key = readKey(name, pem);
  if (!certificate.checkPrivateKey(key)) throw new ApiConfigError(`${name}: does not belong to the certificate`);
}

function readKey(name: string, pem: string): ReturnType<typeof createPrivateKey> {
  try {
    return createPrivateKey(pem);
  } catch {
    throw new ApiConfigError(`${name}: no PEM private key without a passphrase`);
  }
}

/** What administrators of this system trust; where it says nothing, what the runtime brings along. */
function systemTrust(): string[] {
  const system = getCACertificates('system');
  return system.length > 0 ? system : getCACertificates('bundled');
}

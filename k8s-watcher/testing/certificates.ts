// Certificates made on the spot (RFC 5280, ECDSA P-256): no key lies in the repository, and none runs out. Tests only.

import { generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import { isIPv4 } from 'node:net';
import { bits, explicit, int, objectId, octets, sequence, set, tagged, text, time } from './der.ts';

/** PEM of a certificate and of its key. */
export interface Issued {
  readonly cert: string;
  readonly key: string;
}

export interface Subject {
  readonly name: string;
  /** Kubernetes reads groups there. */
  readonly organization?: string;
  readonly dns?: readonly string[];
  /** IPv4 only. */
  readonly addresses?: readonly string[];
  readonly from?: Date;
  readonly until?: Date;
}

const ECDSA_SHA256 = sequence(objectId('1.2.840.10045.4.3.2'));
const DAY = 86_400_000;

/** A certificate authority that lives as long as the test. */
export class Authority {
  readonly cert: string;
  readonly #name: Buffer;
  readonly #key: KeyObject;

  constructor(name = 'test CA') {
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    this.#name = nameOf({ name });
    this.#key = privateKey;
    // basicConstraints: critical, cA TRUE.
    const isAuthority = extension('2.5.29.19', sequence(Buffer.from([0x01, 0x01, 0xff])), true);
    this.cert = this.#certify({ name }, publicKey, [isAuthority]);
  }

  issue(subject: Subject): Issued {
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const names = [
      ...(subject.dns ?? []).map((name) => tagged(0x82, Buffer.from(name))),
      ...(subject.addresses ?? [])
        .filter(isIPv4)
        .map((address) => tagged(0x87, Buffer.from(address.split('.').map(Number)))),
    ];
    const extensions = names.length === 0 ? [] : [extension('2.5.29.17', sequence(...names), false)];
    return {
      cert: this.#certify(subject, publicKey, extensions),
      key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    };
  }

  /** Certificate ::= SEQUENCE { tbsCertificate, signatureAlgorithm, signature } (RFC 5280 section 4.1). */
  #certify(subject: Subject, publicKey: KeyObject, extensions: readonly Buffer[]): string {
    const { from = new Date(Date.now() - DAY), until = new Date(Date.now() + DAY) } = subject;
    const toBeSigned = sequence(
      explicit(0, int(Buffer.from([2]))),
      int(Buffer.concat([Buffer.from([1]), randomBytes(8)])),
      ECDSA_SHA256,
      this.#name,
      sequence(time(from), time(until)),
      nameOf(subject),
      publicKey.export({ type: 'spki', format: 'der' }),
      ...(extensions.length === 0 ? [] : [explicit(3, sequence(...extensions))]),
    );
    const signature = sign('sha256', toBeSigned, this.#key);
    const base64 = sequence(toBeSigned, ECDSA_SHA256, bits(signature)).toString('base64');
    return `-----BEGIN CERTIFICATE-----\n${(base64.match(/.{1,64}/g) ?? []).join('\n')}\n-----END CERTIFICATE-----\n`;
  }
}

function nameOf({ name, organization }: Subject): Buffer {
  const part = (id: string, value: string): Buffer => set(sequence(objectId(id), text(value)));
  return sequence(...(organization === undefined ? [] : [part('2.5.4.10', organization)]), part('2.5.4.3', name));
}

function extension(id: string, value: Buffer, critical: boolean): Buffer {
  return sequence(objectId(id), ...(critical ? [Buffer.from([0x01, 0x01, 0xff])] : []), octets(value));
}

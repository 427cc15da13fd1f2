// Opens sockets to one upstream: plain ones, and such with TLS (RFC 7858, RFC 8310). node:tls is loaded by threads that need it. Cold.

import { createConnection, isIP, type Socket } from 'node:net';
import type { ConnectionOptions, SecureContext, TLSSocket } from 'node:tls';
import { sourceFor, type UpstreamAddress } from './address.ts';
import { readTlsFiles, type TlsFiles } from './tls-files.ts';

export interface Dialer {
  /** The event after which the socket may be used. */
  readonly ready: 'connect' | 'secureConnect';
  /** What the upstream's certificate has to be valid for; '' without TLS. */
  readonly peerName: string;
  dial(): Socket;
}

/** `source`: the address to come from; '' leaves it to the kernel. */
export class PlainDialer implements Dialer {
  readonly ready = 'connect';
  readonly peerName = '';
  readonly #address: UpstreamAddress;
  readonly #source: string;

  constructor(address: UpstreamAddress, source: string) {
    this.#address = address;
    this.#source = source;
  }

  dial(): Socket {
    const { address, port } = this.#address;
    return createConnection({ host: address, port, noDelay: true, ...localAddress(this.#address, this.#source) });
  }
}

/**
 * The certificate is always verified: for the server name, or without one for the IP address. The session of the last connection shortens the
 * next handshake.
 */
export class TlsDialer implements Dialer {
  readonly ready = 'secureConnect';
  readonly peerName: string;
  readonly #options: ConnectionOptions;
  readonly #connect: (options: ConnectionOptions) => TLSSocket;
  #session: Buffer | undefined;

  /** `protocol`: to be agreed on by ALPN; '' for none. Throws TlsFileError when the files have gone since they were checked. */
  constructor(address: UpstreamAddress, source: string, files: TlsFiles, protocol: string) {
    // The module as such is only named by types: plain servers never load it.
    const { connect, checkServerIdentity } = process.getBuiltinModule('node:tls');
    const peerName = address.serverName ?? address.address.replace(/%.*/, '');
    this.peerName = peerName;
    this.#connect = connect;
    this.#options = {
      host: address.address,
      port: address.port,
      // An address is no server name (RFC 6066 §3); it is compared with those in the certificate.
      ...(isIP(peerName) === 0 ? { servername: peerName } : {}),
      checkServerIdentity: (_host, certificate) => checkServerIdentity(peerName, certificate),
      ...(protocol === '' ? {} : { ALPNProtocols: [protocol] }),
      ...localAddress(address, source),
      secureContext: secureContext(files),
    };
  }

  dial(): Socket {
    const socket = this.#connect({ ...this.#options, ...(this.#session && { session: this.#session }) });
    let unverified: Buffer | undefined;
    // A session that is taken up again is not verified again, so only those of verified connections are kept.
    socket.on('session', (session) => {
      if (socket.authorized) this.#session = session;
      else unverified = session;
    });
    socket.once('secureConnect', () => {
      socket.setNoDelay();
      if (unverified !== undefined) this.#session = unverified;
    });
    return socket;
  }
}

function localAddress(address: UpstreamAddress, source: string): { readonly localAddress?: string } {
  const local = sourceFor(address, source);
  return local === '' ? {} : { localAddress: local };
}

/** Each holds all certificates that are trusted, some hundred as a rule: upstreams with the same files share one. */
const contexts = new Map<string, WeakRef<SecureContext>>();

function secureContext(files: TlsFiles): SecureContext {
  const key = JSON.stringify(files);
  const known = contexts.get(key)?.deref();
  if (known !== undefined) return known;
  for (const [old, context] of contexts) if (context.deref() === undefined) contexts.delete(old);
  const context = makeContext(files);
  contexts.set(key, new WeakRef(context));
  return context;
}

function makeContext(files: TlsFiles): SecureContext {
  const { createSecureContext, getCACertificates } = process.getBuiltinModule('node:tls');
  const { cert, key, ca } = readTlsFiles(files);
  // Without a store of the system, those that come with Node.
  const trusted = ca ?? getCACertificates('system');
  return createSecureContext({
    minVersion: 'TLSv1.2',
    ...(trusted.length === 0 ? {} : { ca: trusted }),
    ...(cert === undefined || key === undefined ? {} : { cert, key }),
  });
}

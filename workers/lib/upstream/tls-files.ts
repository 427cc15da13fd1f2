// The certificate files of upstreams by TLS: checked by set-ups, read by the threads that need them. Secrets travel as paths only. Cold.

import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { errorText } from '#native/errno.ts';

/** Paths of PEM files; '' for none. */
export interface TlsFiles {
  /** Client certificate with its chain, and its key: both or neither. */
  readonly cert: string;
  readonly key: string;
  /** Whom to trust; '' for those that the system trusts. */
  readonly ca: string;
  /** Changes with the files, so that a reload with new ones makes new connections. */
  readonly stamp: string;
}

/** What stands in the files; undefined for those that there are not. */
export interface TlsTexts {
  readonly cert: string | undefined;
  readonly key: string | undefined;
  readonly ca: string | undefined;
}

/** A file is missing, or is not what it should be; `message` names it, never its contents. */
export class TlsFileError extends Error {
  readonly code = 'ERR_TLS_FILE';
  override readonly name = 'TlsFileError';
}

export const NO_TLS_FILES: TlsFiles = { cert: '', key: '', ca: '', stamp: '' };

/** Reads all files and checks that they can be used. Throws TlsFileError. */
export function checkTlsFiles(cert: string, key: string, ca: string): TlsFiles {
  const files = { cert, key, ca, stamp: [cert, key, ca].map(stampOf).join(' ').trim() };
  const texts = readTlsFiles(files);
  if (texts.cert !== undefined && texts.key !== undefined) checkPair(files, texts.cert, texts.key);
  if (texts.ca !== undefined && certificateIn(texts.ca) === undefined)
    throw new TlsFileError(`could not read root certs: no certificate in ${ca}`);
  return files;
}

/** Throws TlsFileError. */
export function readTlsFiles({ cert, key, ca }: TlsFiles): TlsTexts {
  return {
    cert: read(cert, 'could not load TLS cert'),
    key: read(key, 'could not load TLS cert'),
    ca: read(ca, `error reading ${ca}`),
  };
}

function read(path: string, failure: string): string | undefined {
  if (path === '') return undefined;
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const { code = 'unknown error' } = error as NodeJS.ErrnoException;
    throw new TlsFileError(`${failure}: open ${path}: ${errorText(code)}`, { cause: error });
  }
}

function checkPair(files: TlsFiles, cert: string, key: string): void {
  const certificate = certificateIn(cert);
  if (certificate === undefined) throw new TlsFileError(`could not load TLS cert: no certificate in ${files.cert}`);
  const secret = keyIn(key);
  if (secret === undefined)
    throw new TlsFileError(`could not load TLS cert: no private key without a passphrase in ${files.key}`);
  if (!certificate.checkPrivateKey(secret))
    throw new TlsFileError(`could not load TLS cert: the key in ${files.key} is not that of ${files.cert}`);
}

/** The first one. */
function certificateIn(pem: string): X509Certificate | undefined {
  try {
    return new X509Certificate(pem);
  } catch {
    return undefined;
  }
}

function keyIn(pem: string): KeyObject | undefined {
  try {
    return createPrivateKey(pem);
  } catch {
    return undefined;
  }
}

function stampOf(path: string): string {
  if (path === '') return '';
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat === undefined ? '' : `${stat.ino}-${stat.size}-${stat.mtimeMs}`;
}

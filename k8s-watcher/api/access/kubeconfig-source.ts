// PEM texts of a kubeconfig: in place (base64) or in a file beside it. Cold.

import { resolve } from 'node:path';
import type { Fields } from './fields.ts';
import { CachedFile, FixedText, type Source } from './file.ts';

/** `NAME-data` goes before `NAME`, a path relative to the kubeconfig; null when neither is there. */
export function sourceOf(fields: Fields, name: string, folder: string): Source | null {
  const data = fields.text(`${name}-data`);
  if (data !== '') return new FixedText(`${fields.where}: ${name}-data`, decodeBase64(fields, `${name}-data`, data));
  const file = fields.text(name);
  return file === '' ? null : new CachedFile(`${fields.where}: ${name}`, resolve(folder, file));
}

/** Node's decoder passes over what is no base64. Line breaks are allowed: YAML keeps them in blocks. */
function decodeBase64(fields: Fields, name: string, text: string): string {
  const compact = text.replace(/\s+/g, '');
  const padded = /^[A-Za-z0-9+/]*={0,2}$/.test(compact) && compact.length % 4 === 0;
  if (!padded) fields.fail(`${name} is no base64`);
  return Buffer.from(compact, 'base64').toString('utf8');
}

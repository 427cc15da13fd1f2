// The text of one file → objects. Cold.

import { ManifestError, ObjectError } from '../errors.ts';
import { decodeObject } from '../objects/decode.ts';
import { isRecord } from '../objects/fields.ts';
import { withImportSlice } from '../objects/import.ts';
import type { ClusterObject } from '../objects/object.ts';
import { readJson } from './json.ts';

export interface Document {
  readonly value: unknown;
  /** Where it begins, from 1. */
  readonly line: number;
}

/** A document that is no YAML. */
export class DocumentError extends Error {
  readonly code = 'ERR_DOCUMENT';
  override readonly name = 'DocumentError';
  /** Counted from 1. */
  readonly document: number;
  readonly line: number;

  constructor(document: number, line: number, message: string) {
    super(message);
    this.document = document;
    this.line = line;
  }
}

/**
 * All objects with names, lists unfolded. Throws ManifestError, one line:
 * `manifests: FILE: document 2 (line 14): Service default/web: spec.ports[0].port: 0 is not an integer within 1…65535`.
 */
export async function parseManifest(file: string, text: string): Promise<ClusterObject[]> {
  const documents = await readDocuments(file, text);
  return documents.flatMap(({ value, line }, index) => {
    try {
      return decodeDocument(value);
    } catch (error) {
      if (error instanceof ObjectError) throw manifestError(file, index + 1, line, error.message);
      throw error;
    }
  });
}

async function readDocuments(file: string, text: string): Promise<Document[]> {
  const bare = text.replace(/^\uFEFF/, '');
  if (bare.trim() === '') return [];
  const json = /\.json$/i.test(file);
  try {
    if (json || /^\s*[{[]/.test(bare)) return readJson(bare);
  } catch (error) {
    // YAML may begin like JSON; a file that calls itself JSON is held to it.
    if (json) throw manifestError(file, 1, 1, error instanceof Error ? error.message : String(error));
  }
  const { readYaml } = await import('./yaml.ts');
  try {
    return readYaml(bare);
  } catch (error) {
    if (error instanceof DocumentError) throw manifestError(file, error.document, error.line, error.message);
    throw error;
  }
}

function manifestError(file: string, document: number, line: number, message: string): ManifestError {
  return new ManifestError(`manifests: ${file}: document ${document} (line ${line}): ${message}`);
}

/** An object, or those of a `List` or `ServiceList`, whose items may leave out what their list says. */
function decodeDocument(value: unknown): ClusterObject[] {
  if (!isRecord(value)) return [];
  const { kind, apiVersion, items } = value;
  if (typeof kind !== 'string' || !kind.endsWith('List') || !Array.isArray(items)) {
    const object = decodeObject(value);
    return object === undefined ? [] : withImportSlice(object);
  }
  const implied = kind === 'List' ? {} : { kind: kind.slice(0, -'List'.length), apiVersion };
  return items.flatMap((item: unknown, index) => {
    try {
      return decodeDocument(isRecord(item) ? { ...implied, ...item } : item);
    } catch (error) {
      if (error instanceof ObjectError) throw new ObjectError(`items[${index}]: ${error.message}`);
      throw error;
    }
  });
}

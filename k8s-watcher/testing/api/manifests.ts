// Files of objects, as they are: for start.ts and for tests that serve a whole cluster. Tests only.

import { readFile } from 'node:fs/promises';
import { listManifests } from '../../manifests/files.ts';
import { readJson } from '../../manifests/json.ts';
import { readYaml } from '../../manifests/yaml.ts';
import { isRecord } from '../../objects/fields.ts';
import type { Plain } from '../objects.ts';
import { resourceOfObject } from './resources.ts';

export interface Manifests {
  readonly objects: readonly Plain[];
  /** Kinds that are not served, with how many there were. */
  readonly others: ReadonlyMap<string, number>;
}

/** YAML, JSON and JSON lines of files and folders; lists are unfolded. Throws Error: `FILE: …`. */
export async function readManifests(paths: readonly string[]): Promise<Manifests> {
  const objects: Plain[] = [];
  const others = new Map<string, number>();
  for (const path of paths)
    for (const file of (await listManifests(path)).files.keys())
      for (const object of documents(file, await readFile(file, 'utf8')).flatMap(unfold)) {
        if (resourceOfObject(object['apiVersion'], object['kind']) !== undefined) objects.push(object);
        else others.set(String(object['kind']), (others.get(String(object['kind'])) ?? 0) + 1);
      }
  return { objects, others };
}

function documents(file: string, text: string): unknown[] {
  try {
    return (/^\s*[{[]/.test(text) ? readJson(text) : readYaml(text)).map(({ value }) => value);
  } catch (error) {
    throw new Error(`${file}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** The objects of a `List` or `ServiceList`, or the object itself. */
function unfold(value: unknown): Plain[] {
  if (!isRecord(value)) return [];
  const { kind, apiVersion, items } = value;
  if (typeof kind !== 'string' || !kind.endsWith('List') || !Array.isArray(items)) return [value];
  const implied = kind === 'List' ? {} : { kind: kind.slice(0, -'List'.length), apiVersion };
  return items.flatMap((item: unknown) => (isRecord(item) ? unfold({ ...implied, ...item }) : []));
}

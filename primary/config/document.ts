// A tuning file → plain values, with every key checked against the schema and its line remembered. Called by load.ts. Cold.

import { isMap, isScalar, LineCounter, type Node, parseDocument, type YAMLMap } from 'yaml';
import { ConfigError } from '#plugins/contract.ts';
import { nearest } from './nearest.ts';
import { SETTINGS } from './schema.ts';

export interface TuningDocument {
  /** Group → key → value as written. */
  readonly values: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /** `FILE:LINE` of a dotted key that the file holds. */
  where(key: string): string | undefined;
}

const GROUPS: ReadonlySet<string> = new Set([...SETTINGS.keys()].map((key) => key.slice(0, key.indexOf('.'))));

/** Reads YAML 1.2, of which JSON is a part. Throws ConfigError with a line for every key that does not belong. */
export function readDocument(file: string, text: string): TuningDocument {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const at = (offset: number): string => `${file}:${lines.linePos(offset).line}`;
  const [broken] = document.errors;
  if (broken !== undefined) throw new ConfigError(`${at(broken.pos[0])} - not valid YAML or JSON: ${broken.message}`);
  const reader = new DocumentReader(at);
  reader.readGroups(document.contents);
  if (reader.problems.length > 0) throw new ConfigError(reader.problems.join('\n'));
  return { values: reader.values, where: (key) => reader.places.get(key) };
}

/** Walks the document once and collects values, places and problems. */
class DocumentReader {
  readonly values: Record<string, Record<string, unknown>> = {};
  readonly places = new Map<string, string>();
  readonly problems: string[] = [];
  readonly #at: (offset: number) => string;

  constructor(at: (offset: number) => string) {
    this.#at = at;
  }

  readGroups(contents: Node | null): void {
    if (isAbsent(contents)) return; // an empty file changes nothing
    if (!isMap(contents)) {
      this.#refuse(contents, `must hold keys like 'resolver:', not ${kindOf(contents)}`);
      return;
    }
    for (const [group, value, key] of entries(contents)) {
      if (!GROUPS.has(group)) this.#unknown(key, group, GROUPS, [...GROUPS]);
      else if (isMap(value)) this.#readKeys(group, value);
      else if (!isAbsent(value))
        this.#refuse(key, `${group}: must hold keys (${keysOf(group).join(', ')}), not ${kindOf(value)}`);
    }
  }

  #readKeys(group: string, map: YAMLMap): void {
    const values: Record<string, unknown> = {};
    this.values[group] = values;
    for (const [name, value, key] of entries(map)) {
      const dotted = `${group}.${name}`;
      this.places.set(dotted, this.#at(offsetOf(key)));
      if (!SETTINGS.has(dotted)) this.#unknown(key, dotted, SETTINGS.keys(), keysOf(group));
      else if (isScalar(value) && value.value !== null) values[name] = value.value;
      else this.#refuse(key, `${dotted}: must be a single value, not ${kindOf(value)}`);
    }
  }

  /** `known` is searched for a similar name; `siblings` are listed when there is none. */
  #unknown(key: Node | null, name: string, known: Iterable<string>, siblings: readonly string[]): void {
    const near = nearest(name, known);
    const hint = near === undefined ? `the keys here are ${siblings.join(', ')}` : `did you mean ${near}?`;
    this.#refuse(key, `${name}: there is no such key; ${hint}`);
  }

  #refuse(node: Node | null, problem: string): void {
    this.problems.push(`${this.#at(offsetOf(node))} - ${problem}`);
  }
}

/** Keys as texts, with the nodes of value and key. */
function* entries(map: YAMLMap): Generator<[string, Node | null, Node | null]> {
  for (const { key, value } of map.items) {
    yield [isScalar(key) ? String(key.value) : String(key), value as Node | null, key as Node | null];
  }
}

function keysOf(group: string): string[] {
  return [...SETTINGS.keys()].filter((key) => key.startsWith(`${group}.`)).map((key) => key.slice(group.length + 1));
}

function offsetOf(node: Node | null): number {
  return node?.range?.[0] ?? 0;
}

function isAbsent(node: Node | null): boolean {
  return node === null || (isScalar(node) && node.value === null);
}

function kindOf(node: Node | null): string {
  if (isAbsent(node)) return 'nothing';
  if (isMap(node)) return 'keys';
  return isScalar(node) ? JSON.stringify(node.value) : 'a list or an alias';
}

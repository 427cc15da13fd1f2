// Label and field selectors, as far as objects that make names need them. Tests only.

import type { Plain } from '../objects.ts';
import type { Resource } from './resources.ts';
import { badRequest } from './status.ts';

export type Selector = (object: Plain) => boolean;

const KEY = String.raw`[A-Za-z0-9][\w./-]*`;
const VALUE = String.raw`[\w.-]*`;
const EQUALITY = new RegExp(`^(${KEY})\\s*(==|=|!=)\\s*(${VALUE})$`);
const SET = new RegExp(`^(${KEY})\\s+(in|notin)\\s*\\(([^()]*)\\)$`);
const EXISTS = new RegExp(`^(!?)\\s*(${KEY})$`);

/** Everything that a request selects by; undefined when it takes all. Throws StatusError 400. */
export function readSelector(resource: Resource, namespace: string, query: URLSearchParams): Selector | undefined {
  const tests = [
    ...(namespace === '' ? [] : [inNamespace(namespace)]),
    ...requirements(query.get('labelSelector')).map(labelTest),
    ...requirements(query.get('fieldSelector')).map((text) => fieldTest(resource, text)),
  ];
  return tests.length === 0 ? undefined : (object) => tests.every((test) => test(object));
}

/** Between commas that are in no brackets. */
function requirements(text: string | null): string[] {
  if (text === null || text.trim() === '') return [];
  return text.split(/,(?![^(]*\))/).map((part) => part.trim());
}

function inNamespace(namespace: string): Selector {
  return (object) => textAt(object, 'metadata.namespace') === namespace;
}

function labelTest(text: string): Selector {
  const equality = EQUALITY.exec(text);
  if (equality !== null) {
    const [, key, operator, value] = equality;
    return (object) => (labelOf(object, key) === value) === (operator !== '!=');
  }
  const set = SET.exec(text);
  if (set !== null) {
    const values = set[3].split(',').map((value) => value.trim());
    return (object) => values.includes(labelOf(object, set[1]) ?? '\0') === (set[2] === 'in');
  }
  const exists = EXISTS.exec(text);
  if (exists === null) throw badRequest(`unable to parse requirement: ${JSON.stringify(text)}`);
  return (object) => (labelOf(object, exists[2]) !== undefined) === (exists[1] === '');
}

function fieldTest(resource: Resource, text: string): Selector {
  const parts = /^([\w.]+)(==|=|!=)(.*)$/.exec(text);
  if (parts === null) throw badRequest(`invalid selector: ${JSON.stringify(text)}; can't understand it`);
  const [, field, operator, value] = parts;
  if (!['metadata.name', 'metadata.namespace', ...resource.fields].includes(field))
    throw badRequest(`field label not supported: ${field}`);
  return (object) => (textAt(object, field) === value) === (operator !== '!=');
}

function labelOf(object: Plain, key: string): string | undefined {
  const value = valueAt(object, ['metadata', 'labels', key]);
  return value === undefined ? undefined : String(value);
}

/** '' for what is not there, as field selectors have it. */
function textAt(object: Plain, path: string): string {
  return String(valueAt(object, path.split('.')) ?? '');
}

function valueAt(object: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((value, key) => (value as Plain | undefined | null)?.[key], object);
}

// Whatever happens: what a list showed plus what a watch told since then is what a list shows now, for every selector and from every version.

import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Plain } from '../objects.ts';
import { plainService } from '../objects.ts';
import { metadataOf } from './asking.ts';
import type { Form } from './encode.ts';
import { JSON_ENCODER } from './encode.ts';
import { listObject } from './list.ts';
import type { Target } from './resources.ts';
import { resourceNamed } from './resources.ts';
import { readSelector } from './selector.ts';
import type { Change } from './state.ts';
import { State } from './state.ts';
import { seenBy } from './watch.ts';

const SERVICES = resourceNamed('services');
const TARGET: Target = { resource: SERVICES, namespace: '', name: '', subresource: '' };
const FORM: Form = { encoder: JSON_ENCODER, partial: false };
const SELECTORS = ['', 'app', 'app=a', 'app!=a', '!app', 'app in (a,c)'];
const STEPS = 150;

/** Mulberry32: the same numbers for the same seed. */
function randomNumbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

function query(fields: Readonly<Record<string, string>>): URLSearchParams {
  return new URLSearchParams(Object.entries(fields).filter(([, value]) => value !== ''));
}

/** `name@version` of a list's items. */
function entries(list: Plain): string[] {
  return (list['items'] as Plain[]).map((item) => {
    const { namespace, name, resourceVersion } = metadataOf(item);
    return `${namespace}/${name}@${resourceVersion}`;
  });
}

/** All pages of a list of that version, a few items each. */
function paged(state: State, labelSelector: string, version: number, pick: (below: number) => number): string[] {
  const all: string[] = [];
  for (let token = ''; ; ) {
    const first = { resourceVersion: String(version), resourceVersionMatch: 'Exact' };
    const options = token === '' ? first : { continue: token };
    const fields = query({ labelSelector, limit: String(1 + pick(4)), ...options });
    const page = listObject(state, TARGET, fields, FORM, undefined);
    all.push(...entries(page));
    token = String(metadataOf(page)['continue'] ?? '');
    if (token === '') return all;
  }
}

/** What somebody knows who listed and then watched. */
function followed(listed: readonly string[], changes: readonly Change[], labelSelector: string): string[] {
  const selector = readSelector(SERVICES, '', query({ labelSelector }));
  const known = new Map(listed.map((entry) => entry.split('@') as [string, string]));
  for (const change of changes) {
    const seen = seenBy(selector, change);
    if (seen === undefined) continue;
    const { key } = change.now;
    assert.equal(known.has(key), seen.type !== 'ADDED', `${seen.type} ${key}`);
    if (seen.type === 'DELETED') known.delete(key);
    else known.set(key, String(metadataOf(seen.object)['resourceVersion']));
  }
  return [...known].map(([key, version]) => `${key}@${version}`).sort();
}

/** One change of few names and labels, so that they meet. */
function happen(state: State, pick: (below: number) => number): void {
  const namespace = ['x', 'y', 'x-y'][pick(3)];
  const name = ['a', 'b', 'a-b', 'ab'][pick(4)];
  if (pick(4) === 0) state.delete(SERVICES, namespace, name);
  else state.put(plainService(name, { namespace, labels: [{}, { app: 'a' }, { app: 'b' }, { app: 'c' }][pick(4)] }));
}

suite('list and watch agree', () => {
  for (const seed of [1, 2, 3, 4])
    test(`seed ${seed}`, () => {
      const pick = randomNumbers(seed);
      const state = new State(100);
      for (let step = 0; step < STEPS; step++) happen(state, pick);
      for (const selector of SELECTORS)
        for (let version = 100; version <= state.version; version += 1 + pick(9)) {
          const now = entries(listObject(state, TARGET, query({ labelSelector: selector }), FORM, undefined));
          const then = paged(state, selector, version, pick);
          assert.deepEqual(
            followed(then, state.since(SERVICES, version), selector),
            now.sort(),
            `${selector} from ${version}`,
          );
        }
    });
});

// Random rules and names: the client's question always comes back, names below the new name find back, and nothing throws.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Shuffle } from '#workers/lib/random.ts';
import { ChainRunner } from '#workers/testing/case.ts';
import { ScriptHandler } from '#workers/testing/script.ts';
import { TestThread } from '#workers/testing/thread.ts';
import { build } from './handler.ts';
import { MATCH_KINDS, type RewriteRule } from './rules.ts';

const SCOPE = { server: 'dns://:53', zones: ['.'], blockZones: ['.'] };
const LABELS = ['a', 'B', 'web', 'svc', 'legacy', 'test', 'x-y', 'long-label-of-some-length'];
const random = new Shuffle(7);

function name(): string {
  return Array.from({ length: 1 + random.below(5) }, () => `${LABELS[random.below(LABELS.length)]}.`).join('');
}

function rule(): RewriteRule {
  const kind = MATCH_KINDS[random.below(MATCH_KINDS.length)];
  const stop = random.below(2) === 0;
  const from =
    kind === 'regex'
      ? `(.*)${LABELS[random.below(LABELS.length)]}\\.`
      : `${LABELS[random.below(LABELS.length)].toLowerCase()}.`;
  const to = kind === 'regex' ? '{1}new.' : name().toLowerCase();
  if (random.below(5) === 0) return { field: 'ttl', stop, match: { kind, from }, min: 10, max: 20 };
  return { field: 'name', stop, match: { kind, from }, to, auto: kind === 'exact' || random.below(4) > 0, answers: [] };
}

test('whatever the rules are, the client gets an answer to its own question', () => {
  const thread = new TestThread();
  let renamed = 0;
  for (let turn = 0; turn < 2500; turn++) {
    const rules = Array.from({ length: 1 + random.below(4) }, rule);
    const backend = new ScriptHandler((asked) => ({
      answer: [`${asked} 5 IN CNAME ${asked}`, `${asked} 5 IN A 10.0.0.1`],
    }));
    const runner = new ChainRunner(
      [build({ name: 'rewrite', options: { rules }, slots: null }, thread.host, SCOPE), backend],
      thread,
    );
    const question = name();
    const { decoded } = runner.ask({ name: question, type: 'A', proto: 'tcp' });
    assert.equal(decoded?.question, `${question} IN A`, `turn ${turn}`);
    if (backend.asked.length === 0) assert.equal(decoded?.rcode, 'SERVFAIL');
    else if (backend.asked[0] !== `${question.toLowerCase()} 1`) renamed++;
    if (rules.every((entry) => entry.field !== 'name' || entry.auto) && backend.asked.length > 0)
      for (const record of decoded?.answer ?? [])
        assert.equal(record.split(' ')[0], question, `turn ${turn}: ${JSON.stringify(rules)}`);
  }
  assert.ok(renamed > 500, `only ${renamed} questions were renamed`);
});

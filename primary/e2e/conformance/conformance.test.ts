// What the reference answered, question by question, is what we answer: over the recorded cluster and a real upstream.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { TestServer } from '../harness.ts';
import type { Case } from './case.ts';
import { DEVIATIONS } from './deviations.ts';
import { DATA, type Report, runRecording, showDifference } from './run.ts';
import { findNsd, openAuthority, openUpstream, type Upstream } from './upstream.ts';

/** Kinds of documented deviations, and cases of them that a whole recording may have: most come from one question asked in capitals. */
const MAX_KINDS = 3;
const MAX_DEVIATIONS = 100;
const SHOWN = 10;

function check(report: Report): void {
  const shown = report.differences.slice(0, SHOWN).map(showDifference).join('\n');
  assert.equal(
    report.differences.length,
    0,
    `${report.differences.length} differ, ${report.same} are the same:\n${shown}`,
  );
  assert.ok(DEVIATIONS.length <= MAX_KINDS && report.deviations <= MAX_DEVIATIONS, `${report.deviations} deviations`);
}

describe('the recorded answers', () => {
  let upstream: Upstream;
  before(async () => {
    upstream = await openUpstream();
  });
  after(() => upstream.close());

  for (const recording of ['basic', 'narrow', 'verified'])
    it(recording, async (test) => {
      test.diagnostic(`upstream: ${upstream.name}`);
      const text = readFileSync(join(DATA, `${recording}.Corefile`), 'utf8').replaceAll('{$PORT}', '{PORT}');
      const server = await TestServer.start({
        corefile: text,
        manifests: join(DATA, 'cluster.json'),
        env: { UPSTREAM: String(upstream.port) },
      });
      try {
        const report = await runRecording(recording, server.port);
        assert.ok(report.same > 2000, `${report.same} cases`);
        check(report);
      } finally {
        assert.equal(await server.stop(), 0);
      }
    });
});

const FORWARDED = /\.?(example\.com|example\.org|bind|server|test)\.$/i;

describe('our own upstream answers like the recorded one', { skip: findNsd() === undefined }, () => {
  it('forwarded questions of basic', async () => {
    const upstream = await openAuthority();
    const server = await TestServer.start({
      corefile: '.:{PORT} {\n  errors\n  forward . 127.0.0.1:{$UPSTREAM}\n}\n',
      env: { UPSTREAM: String(upstream.port) },
    });
    try {
      const report = await runRecording('basic', server.port, { only: ({ name }: Case) => FORWARDED.test(name) });
      assert.ok(report.same > 200, `${report.same} cases`);
      check(report);
    } finally {
      assert.equal(await server.stop(), 0);
      await upstream.close();
    }
  });
});

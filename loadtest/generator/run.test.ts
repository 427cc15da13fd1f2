// Whole runs against a server of our own that makes up its answers. Real sockets, real time.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { ProcessError } from '#loadtest/errors.ts';
import { parseFlags } from '#loadtest/flags/parse.ts';
import { RCODE } from '#wire/constants.ts';
import { FLAGS } from './options.ts';
import type { Report } from './report.ts';
import { run } from './run.ts';
import { PLAIN, type Reaction, Responder } from './testing/responder.ts';

const folder = mkdtempSync(join(tmpdir(), 'shoal-run-'));
after(() => rmSync(folder, { recursive: true }));
const names = join(folder, 'names');
writeFileSync(names, 'a.example A\nb.example AAAA\nc.example SRV\n');

/** Short, because every test pays for it. */
const SHORT = ['--seconds', '0.2', '--warmup', '0.05', '--timeout', '5', '--clients', '3', '--window', '48'];
/** For those that lose queries, and wait for them at the end. */
const IMPATIENT = ['--timeout', '0.1'];

function load(port: number, ...flags: readonly string[]): Promise<Report> {
  const options = parseFlags(FLAGS, ['--server', `127.0.0.1:${port}`, '--names', names, ...SHORT, ...flags]);
  assert.ok(options !== 'help');
  return run(options);
}

/** A run against a server that does `react` about the k-th query. */
async function against(
  react: (k: number) => Reaction,
  ...flags: readonly string[]
): Promise<Report & { asked: number }> {
  const responder = await Responder.open((_, k) => react(k));
  try {
    const report = await load(responder.port, ...flags);
    return { ...report, asked: responder.queries };
  } finally {
    responder.close();
  }
}

/** What holds in every run. */
function assertSound(report: Report): void {
  const { mean, p50, p90, p99, p999, max } = report.latencyMs;
  const byRcode = Object.values(report.rcodes).reduce((sum, count) => sum + count, 0);
  assert.equal(report.sent, report.answered + report.lost);
  assert.equal(byRcode, report.answered);
  assert.ok(0 <= p50 && p50 <= p90 && p90 <= p99 && p99 <= p999 && p999 <= max && mean <= max);
  assert.ok(report.seconds > 0.09);
}

describe('closed loop', () => {
  for (const io of ['auto', 'dgram'])
    it(`every query is answered (${io})`, async () => {
      const report = await against(() => PLAIN, '--io', io);
      assertSound(report);
      assert.equal(report.lost, 0);
      assert.ok(report.answered > 48, `${report.answered} answers`);
      assert.ok(report.asked >= report.sent);
      assert.deepEqual(Object.keys(report.rcodes), ['NOERROR']);
      assert.deepEqual([report.loop, report.window, report.rate, report.clients], ['closed', 48, undefined, 3]);
      assert.ok(report.qps > 0 && report.latencyMs.p50 > 0 && report.generatorCpuSeconds > 0);
    });

  it('no more are outstanding than the window', async () => {
    const report = await against(
      () => ({ copies: 0, rcode: 0 }),
      '--seconds',
      '0.1',
      '--timeout',
      '0.6',
      '--window',
      '7',
    );
    assert.equal(report.asked, 7, 'nothing is answered or given up before the end');
  });

  it('rcodes are counted by name', async () => {
    const rcodes = [RCODE.NOERROR, RCODE.NXDOMAIN, RCODE.REFUSED, 11];
    const report = await against((k) => ({ copies: 1, rcode: rcodes[k % 4] }));
    assertSound(report);
    assert.deepEqual(Object.keys(report.rcodes).sort(), ['NOERROR', 'NXDOMAIN', 'RCODE11', 'REFUSED']);
  });

  it('lost queries are counted, and others take their places', async () => {
    const report = await against((k) => ({ copies: k % 5 === 0 ? 0 : 1, rcode: 0 }), ...IMPATIENT);
    assertSound(report);
    assert.ok(report.lost > 0 && report.answered > report.lost, `${report.lost} of ${report.sent}`);
    assert.ok(report.asked > 48 * 2);
  });

  it('a second answer is unexpected and is followed by nothing', async () => {
    const report = await against(() => ({ copies: 2, rcode: 0 }));
    assertSound(report);
    assert.equal(report.lost, 0);
    assert.ok(report.unexpected > 0);
  });

  it('an answer with a wrong id answers nothing', async () => {
    const report = await against(() => ({ copies: 1, rcode: 0, wrongId: true }), ...IMPATIENT);
    assertSound(report);
    assert.equal(report.answered, 0);
    assert.ok(report.unexpected > 0 && report.lost === report.sent);
  });

  it('truncated answers are answers', async () => {
    const report = await against(() => ({ copies: 1, rcode: 0, truncated: true }));
    assertSound(report);
    assert.ok(report.answered > 0 && report.truncated === report.answered);
  });

  it('where nobody listens nothing is answered, and the refusals are counted', async () => {
    const responder = await Responder.open();
    responder.close();
    const report = await load(responder.port, ...IMPATIENT);
    assertSound(report);
    assert.equal(report.answered, 0);
    assert.ok(report.refused > 0);
  });
});

describe('open loop', () => {
  it('sends as many as asked for, and one after the other', async () => {
    const report = await against(() => PLAIN, '--rate', '2000');
    assertSound(report);
    assert.equal(report.lost + (report.unsent ?? 0), 0);
    assert.ok(Math.abs(report.sent - report.seconds * 2000) <= 1, `${report.sent} in ${report.seconds} s`);
    assert.deepEqual([report.loop, report.window, report.rate], ['open', undefined, 2000]);
  });

  it('a stall counts for every query that was due in it', async () => {
    const STALL = 80;
    let stalled = false;
    const report = await against(
      (k) => {
        if (!stalled && k > 300) {
          stalled = true;
          const end = performance.now() + STALL;
          while (performance.now() < end);
        }
        return PLAIN;
      },
      '--rate',
      '2000',
    );
    assertSound(report);
    assert.equal(report.lost, 0);
    assert.ok(Math.abs(report.sent - report.seconds * 2000) <= 1, `${report.sent} in ${report.seconds} s`);
    assert.ok(report.latencyMs.max >= STALL / 2, 'queries that were due when the stall began waited that long');
    assert.ok((report.lagMs ?? 0) >= STALL / 2);
  });

  it('what the generator cannot send is told', async () => {
    const report = await against(() => PLAIN, '--rate', '10000000', '--timeout', '0.05');
    assertSound(report);
    assert.ok((report.unsent ?? 0) > 0);
  });
});

describe('CPU time of the server', () => {
  it('is measured for the processes that are named', async () => {
    const report = await against(() => PLAIN, '--server-pid', String(process.pid));
    assert.ok((report.serverCpuSeconds ?? 0) > 0 && (report.answersPerCpuSecond ?? 0) > 0);
  });

  it('is left out otherwise', async () => {
    const report = await against(() => PLAIN);
    assert.ok(!('serverCpuSeconds' in report) && !('answersPerCpuSecond' in report));
  });

  it('a process that is not there is told before anything is sent', async () => {
    const responder = await Responder.open();
    await assert.rejects(load(responder.port, '--server-pid', '4194305'), ProcessError);
    responder.close();
    assert.equal(responder.queries, 0);
  });
});

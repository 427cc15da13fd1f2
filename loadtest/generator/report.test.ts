import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseFlags } from '#loadtest/flags/parse.ts';
import { FLAGS, type Options } from './options.ts';
import { type Measured, type Report, reportOf } from './report.ts';
import { Tally } from './tally.ts';

function optionsOf(...argv: readonly string[]): Options {
  const options = parseFlags(FLAGS, ['--server', '127.0.0.1:53', '--names', 'n', ...argv]);
  assert.ok(options !== 'help');
  return options;
}

/** Two seconds in which four queries were sent and three answered. */
function tally(): Tally {
  const made = new Tally();
  made.open(1000);
  made.close(3000);
  for (const started of [1000, 1001, 1002, 1003]) made.send(started);
  made.answer(1000, 1001.5, 0, false);
  made.answer(1001, 1003, 3, true);
  made.answer(1002, 3001, 0, false);
  made.stray(1500);
  return made;
}

const MEASURED: Measured = { io: 'batched', lateness: undefined, generatorCpuSeconds: 1.234567, serverCpuSeconds: 0.5 };

function report(argv: readonly string[] = [], measured: Partial<Measured> = {}): Report {
  const clients = [
    { dropped: 1, refused: 0 },
    { dropped: 2, refused: 4 },
  ];
  return reportOf(optionsOf(...argv), tally(), clients, { ...MEASURED, ...measured });
}

it('is one line of JSON with everything that was counted', () => {
  assert.equal(
    JSON.stringify(report()),
    '{"server":"127.0.0.1:53","loop":"closed","window":256,"io":"batched","clients":2,"seconds":2,"sent":4,"answered":3,' +
      '"lost":1,"unexpected":1,"truncated":1,"dropped":3,"refused":4,"qps":1,"rcodes":{"NOERROR":2,"NXDOMAIN":1},' +
      '"latencyMs":{"mean":667.5,"p50":2.0095,"p90":1999,"p99":1999,"p999":1999,"max":1999},"generatorCpuSeconds":1.2346}',
  );
});

describe('depends on the options', () => {
  const open = { lateness: { lagMs: 0.12345, unsent: 7 } };
  const rows: { name: string; report: Report; want: Partial<Report> }[] = [
    { name: 'IPv6 servers stand in brackets', report: report(['--server', '[::1]:53']), want: { server: '[::1]:53' } },
    {
      name: 'open loops tell their rate and lateness',
      report: report(['--rate', '10'], open),
      want: { loop: 'open', rate: 10, lagMs: 0.1235, unsent: 7 },
    },
    {
      name: 'answers per CPU second count arrivals in the measured time',
      report: report(['--server-pid', '1']),
      want: { serverCpuSeconds: 0.5, answersPerCpuSecond: 4 },
    },
    {
      name: 'a server without CPU time has no such figure',
      report: report(['--server-pid', '1'], { serverCpuSeconds: 0 }),
      want: { serverCpuSeconds: 0 },
    },
  ];
  for (const { name, report: made, want } of rows)
    it(name, () => {
      assert.deepEqual({ ...made, ...want }, made);
      assert.equal('answersPerCpuSecond' in made, 'answersPerCpuSecond' in want);
    });
});

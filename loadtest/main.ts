// The load generator: `node loadtest/main.ts --server ADDRESS:PORT --names FILE`. Cold; the hot part is generator/client.ts.

import { runCommand } from '#loadtest/flags/command.ts';
import { FLAGS, INTRO } from '#loadtest/generator/options.ts';
import { run } from '#loadtest/generator/run.ts';
import { summarize } from '#loadtest/report/summary.ts';

await runCommand(INTRO, FLAGS, async (options) => {
  const report = await run(options);
  process.stdout.write(options.json ? `${JSON.stringify(report)}\n` : summarize(report));
  if (report.answered > 0) return 0;
  process.stderr.write(`no answer from ${report.server}\n`);
  return 1;
});

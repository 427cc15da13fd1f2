// `node k8s-watcher/testing/api/start.ts`: the entry of the fake API server by hand; by-hand.ts does it. Cold.

import { serveByHand } from './by-hand.ts';

try {
  const running = await serveByHand(process.argv.slice(2), (text) => process.stdout.write(text));
  const stop = (): void => void running?.close();
  if (running !== undefined) process.once('SIGINT', stop).once('SIGTERM', stop);
  else if (!process.argv.includes('--help')) process.exitCode = 1;
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}

// Fills the cache of compiled code after an installation, so that the first start is as fast as all others: starts a server with every
// plugin on ports of the kernel's choice, and ends it. Does so once more with the flag that patterns turn on: threads that start later look for code
// that was compiled with it. Cold; `npm ci` runs it.

import { execFileSync } from 'node:child_process';
import { writeSync } from 'node:fs';
import { flushCompileCache } from 'node:module';
import { join } from 'node:path';
import { LINEAR_PATTERNS } from '#native/engine.ts';
import { leave } from '#native/system.ts';
import { Log } from '#ops/log/log.ts';
import { HANDLERS } from '#plugins/handlers.ts';
import { compileCache } from './compile-cache.ts';

const COREFILE = `.:0 {
    bind 127.0.0.1
    errors
    log precompile.invalid
    health 127.0.0.1:0
    ready 127.0.0.1:0
    prometheus 127.0.0.1:0
    loadbalance
    rewrite name exact old.precompile.invalid new.precompile.invalid
    cache 30
    hosts {
        fallthrough
    }
    kubernetes cluster.local in-addr.arpa ip6.arpa {
        pods insecure
        fallthrough in-addr.arpa ip6.arpa
    }
    forward . 127.0.0.1:9
    whoami
}
`;
const FLAGS = {
  conf: undefined,
  port: 0,
  pidfile: undefined,
  quiet: true,
  config: undefined,
  manifests: join(import.meta.dirname, 'example', 'cluster'),
};

compileCache();
try {
  await precompile();
} catch (error) {
  // The server works without: it only starts more slowly.
  writeSync(2, `precompile: ${error instanceof Error ? error.message : String(error)}\n`);
}
leave(0);

async function precompile(): Promise<void> {
  const { loadTuning } = await import('./config/load.ts');
  const { Shoal } = await import('./server.ts');
  // Also the way there from the command line, and what another Corefile loads.
  execFileSync(process.execPath, [...process.execArgv, join(import.meta.dirname, 'main.ts'), '-version']);
  await import('#watcher/api/access/kubeconfig.ts');
  await import('#watcher/manifests/yaml.ts');
  for (const load of Object.values(HANDLERS)) await load();
  const tuning = loadTuning(undefined, { SHOAL_RESOLVER_THREADS: '1' });
  const log = new Log();
  const corefile = { file: 'precompile', text: COREFILE };
  const shoal = new Shoal({
    flags: FLAGS,
    tuning,
    env: {},
    log: quiet(log),
    corefile,
    readCorefile: () => corefile,
  });
  await shoal.start();
  await shoal.stop(false);
  flushCompileCache();
  const { execPath, execArgv } = process;
  if (!execArgv.includes(LINEAR_PATTERNS)) execFileSync(execPath, [...execArgv, LINEAR_PATTERNS, import.meta.filename]);
}

/** A log whose lines of information nobody needs. */
function quiet(log: Log): Log {
  log.info = () => undefined;
  return log;
}

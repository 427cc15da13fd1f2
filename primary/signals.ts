// What signals do (spec A7). Cold.

import { leave } from '#native/system.ts';
import type { Logger } from '#ops/log/logger.ts';
import type { Shoal } from './server.ts';

/** SIGTERM drains, SIGINT ends at once after the shutdown callbacks, SIGQUIT ends at once, SIGUSR1 reloads, SIGHUP does nothing. */
export function handleSignals(shoal: Shoal, log: Logger): void {
  let ending = false;
  const end = async (drain: boolean): Promise<void> => {
    ending = true;
    const status = await shoal.stop(drain).then(
      () => 0,
      (error: unknown) => {
        log.error(error instanceof Error ? error.message : String(error));
        return 3;
      },
    );
    leave(status);
  };
  process.on('SIGTERM', () => {
    if (ending) return;
    log.info('SIGTERM: Shutting down servers then terminating');
    void end(true);
  });
  process.on('SIGINT', () => {
    if (ending) {
      log.info('SIGINT: Force quit');
      leave(2);
    }
    log.info('SIGINT: Shutting down');
    void end(false);
  });
  process.on('SIGQUIT', () => {
    log.info('SIGQUIT: Quitting process immediately');
    leave(0);
  });
  process.on('SIGHUP', () => undefined);
  process.on('SIGUSR1', () => {
    log.info('SIGUSR1: Reloading');
    void shoal.reload('SIGUSR1');
  });
}

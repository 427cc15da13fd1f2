// The prometheus directive: where metrics are served. The listener is the primary's. Called by the primary. Cold.

import { HostPortError, splitHostPort } from '#workers/lib/access/hostport.ts';
import { ConfigError, type Directive, type PluginSetup } from '../contract.ts';

export interface PrometheusOptions {
  /** HOST:PORT of the HTTP listener. */
  readonly address: string;
  /** Accepted for the sake of Corefiles that have it: there is no Go runtime to report on. */
  readonly runtimeMetrics: boolean;
}

export const plugin: PluginSetup<PrometheusOptions> = {
  name: 'prometheus',
  once: true,
  setup(directive: Directive): PrometheusOptions {
    let address = 'localhost:9153';
    let runtimeMetrics = false;
    while (directive.nextOccurrence()) {
      const args = directive.args();
      if (args.length > 1) throw directive.argumentError();
      address = args[0] ?? address;
      checkAddress(address);
      for (const property of directive.properties()) {
        if (property === 'runtime_metrics') runtimeMetrics = true;
        else throw refusal(directive, property);
      }
    }
    return { address, runtimeMetrics };
  },
};

function checkAddress(address: string): void {
  try {
    splitHostPort(address);
  } catch (error) {
    throw error instanceof HostPortError ? new ConfigError(error.message) : error;
  }
}

/** Serving in the clear what an operator wants behind TLS would be worse than not starting. */
function refusal(directive: Directive, property: string): ConfigError {
  if (property === 'tls') return directive.error("property 'tls' is known but not supported in this version");
  return directive.error(`unknown option: ${property}`);
}

// The metadata directive: whose questions plugins may talk about. Called by the primary. Cold.

import type { Directive, PluginSetup, SetupScope } from '../contract.ts';

export interface MetadataOptions {
  /** Lower case, with the final dot. */
  readonly zones: readonly string[];
}

export const plugin: PluginSetup<MetadataOptions> = {
  name: 'metadata',
  once: true,
  setup(directive: Directive, scope: SetupScope): MetadataOptions {
    let zones: readonly string[] = [];
    while (directive.nextOccurrence()) {
      zones = scope.zonesOr(directive.args());
      for (const _ of directive.properties()) throw directive.argumentError();
    }
    return { zones };
  },
};

// The whoami directive: no arguments, no properties. Called by the primary. Cold.

import type { Directive, PluginSetup } from '../contract.ts';

/** whoami has nothing to configure. */
export type WhoamiOptions = Readonly<Record<string, never>>;

export const plugin: PluginSetup<WhoamiOptions> = {
  name: 'whoami',
  setup(directive: Directive): WhoamiOptions {
    while (directive.nextOccurrence()) if (directive.arg() !== undefined) throw directive.argumentError();
    return {};
  },
};

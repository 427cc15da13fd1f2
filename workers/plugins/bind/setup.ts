// The bind directive: addresses that a server block listens on instead of all. Called by the primary. Cold.

import { isIP } from 'node:net';
import { type NetworkInterfaceInfo, networkInterfaces } from 'node:os';
import { ConfigError, type Directive, type PluginSetup } from '../contract.ts';

export interface BindOptions {
  /** In the order of the Corefile, each once; link-local ones with their zone (`fe80::1%eth0`). */
  readonly addresses: readonly string[];
}

/** All addresses of the machine, by name of the interface. */
export type Interfaces = ReturnType<typeof networkInterfaces>;

export const plugin: PluginSetup<BindOptions> = {
  name: 'bind',
  setup: (directive: Directive): BindOptions => readBind(directive, networkInterfaces()),
};

/** The set-up on a machine with the given interfaces. */
export function readBind(directive: Directive, interfaces: Interfaces): BindOptions {
  const addresses: string[] = [];
  while (directive.nextOccurrence()) {
    const wanted = directive.args();
    if (wanted.length === 0) throw new ConfigError('at least one address or interface name is expected');
    const except = new Set<string>();
    for (const property of directive.properties()) {
      if (property !== 'except') throw new ConfigError(`invalid option ${JSON.stringify(property)}`);
      const names = directive.args();
      if (names.length === 0)
        throw new ConfigError('at least one address or interface must be given to except subdirective');
      for (const address of names.flatMap((name) => addressesOf(name, interfaces))) except.add(address);
    }
    for (const address of wanted.flatMap((name) => addressesOf(name, interfaces)))
      if (!except.has(address) && !addresses.includes(address)) addresses.push(address);
  }
  return { addresses };
}

function addressesOf(name: string, interfaces: Interfaces): string[] {
  const found = interfaces[name];
  if (found !== undefined) return found.map((entry) => withZone(entry, name));
  if (isIP(name) === 0) throw new ConfigError(`not a valid IP address or interface name: ${JSON.stringify(name)}`);
  return [name];
}

/** Link-local addresses mean nothing without their interface (RFC 4007 §6). */
function withZone(entry: NetworkInterfaceInfo, name: string): string {
  const linkLocal = entry.family === 'IPv6' && /^fe[89ab]/i.test(entry.address);
  return linkLocal ? `${entry.address}%${name}` : entry.address;
}

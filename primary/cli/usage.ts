// The flags as a table, and the help text made from it. Read by flags.ts. Cold.

/** What a flag's value is: a text, a port number, or nothing (a switch). */
export type FlagKind = 'text' | 'port' | 'switch';

export interface FlagSpec {
  readonly kind: FlagKind;
  /** What stands for the value in the help text; empty for a switch. */
  readonly placeholder: string;
  readonly help: string;
}

/** Every flag by its name; `-h`, `-help` are known to the parser. */
export const FLAGS = {
  conf: {
    kind: 'text',
    placeholder: 'FILE',
    help: 'Corefile to load; "stdin" reads it from a pipe (default ./Corefile)',
  },
  'dns.port': { kind: 'port', placeholder: 'PORT', help: 'port of server blocks that name none (default 53)' },
  p: { kind: 'port', placeholder: 'PORT', help: 'the same as -dns.port' },
  config: { kind: 'text', placeholder: 'FILE', help: "operator's tuning in YAML or JSON: threads, buffers, limits" },
  manifests: {
    kind: 'text',
    placeholder: 'PATH',
    help: 'serve the cluster from this file or folder of manifests, without an API server',
  },
  pidfile: {
    kind: 'text',
    placeholder: 'FILE',
    help: 'write the process id there after the start; removed at the end',
  },
  quiet: { kind: 'switch', placeholder: '', help: 'no zones and version at start-up' },
  plugins: { kind: 'switch', placeholder: '', help: 'list the plugins and leave' },
  version: { kind: 'switch', placeholder: '', help: 'print the version and leave' },
  h: { kind: 'switch', placeholder: '', help: 'print this text and leave' },
} as const satisfies Readonly<Record<string, FlagSpec>>;

export type FlagName = keyof typeof FLAGS;

const HEAD = `Shoal, a DNS server for Kubernetes clusters. Takes the Corefile and the flags of CoreDNS.

Usage: shoal [flags]

Flags (one dash or two; -flag VALUE or -flag=VALUE):
`;

const TAIL = `
Examples:
  shoal                                   serve ./Corefile, or whoami when there is none
  shoal -conf /etc/coredns/Corefile       serve this file, as in a cluster
  shoal -p 1053                           server blocks without a port listen on 1053
  shoal -conf stdin < Corefile            read the Corefile from a pipe
  shoal -conf Corefile -manifests ./yaml  try out names without a cluster
  SHOAL_RESOLVER_THREADS=2 shoal          tune by environment, see primary/config/README.md
`;

/** The complete help text. */
export function usage(): string {
  const rows = Object.entries(FLAGS).map(([name, { placeholder, help }]) => ({
    left: `-${name} ${placeholder}`.trimEnd(),
    help,
  }));
  const width = Math.max(...rows.map((row) => row.left.length)) + 2;
  const lines = rows.map((row) => `  ${row.left.padEnd(width)}${row.help}\n`);
  return HEAD + lines.join('') + TAIL;
}

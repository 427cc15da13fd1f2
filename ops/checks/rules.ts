// Who may import whom, as data: the table of ARCHITECTURE.md, checked by imports.test.ts. Cold.

/** The first rule whose folder a file is in holds; what is not listed is forbidden. A folder may always import itself. */
export interface FolderRule {
  readonly folder: string;
  /** Folders (ending in `/`) and files. */
  readonly may: readonly string[];
  /** What tests, and kits of tests, may import beside that. */
  readonly tests?: readonly string[];
}

/** Contracts of the threads that the primary speaks, and the entries of resolvers, within the primary or as a process. */
const WORKER_CONTRACTS = [
  'workers/messages.ts',
  'workers/resolver.ts',
  'workers/resolver-process.ts',
  'workers/chain/core-metrics.ts',
  // Where upstreams are: part of the plan. And what a resolv.conf says.
  'workers/lib/upstream/address.ts',
  'workers/lib/resolvconf.ts',
];
/** Plugins have cold halves under many names; what is hot in them is caught by HOT. */
const PLUGINS = 'workers/plugins/';

export const FOLDERS: readonly FolderRule[] = [
  { folder: 'shared-cache/wire/', may: [], tests: ['shared-cache/native/'] },
  { folder: 'shared-cache/native/', may: [], tests: ['shared-cache/wire/'] },
  { folder: 'shared-cache/memory/', may: ['shared-cache/native/'] },
  {
    folder: 'shared-cache/zone/',
    may: ['shared-cache/wire/', 'shared-cache/memory/'],
    tests: ['shared-cache/native/'],
  },
  {
    folder: 'shared-cache/answers/',
    may: ['shared-cache/wire/', 'shared-cache/memory/'],
    tests: ['shared-cache/native/'],
  },
  {
    folder: 'shared-cache/redis/',
    may: ['shared-cache/wire/', 'shared-cache/answers/'],
    tests: ['shared-cache/memory/', 'shared-cache/native/'],
  },
  { folder: 'k8s-watcher/', may: ['shared-cache/', 'ops/log/'] },
  // Its tests go the whole way from objects to answers.
  { folder: 'workers/plugins/kubernetes/', may: ['workers/', 'shared-cache/', 'ops/log/'], tests: ['k8s-watcher/'] },
  { folder: 'workers/', may: ['shared-cache/', 'ops/log/'], tests: ['k8s-watcher/testing/'] },
  { folder: 'ops/checks/', may: ['primary/', 'workers/', 'shared-cache/', 'k8s-watcher/', 'ops/', 'loadtest/'] },
  { folder: 'ops/log/', may: [] },
  { folder: 'ops/', may: ['ops/', 'shared-cache/memory/'] },
  {
    folder: 'primary/',
    may: ['shared-cache/', 'k8s-watcher/', 'ops/', 'package.json', PLUGINS, ...WORKER_CONTRACTS],
    tests: ['workers/'],
  },
  { folder: 'loadtest/', may: ['shared-cache/wire/', 'shared-cache/native/'] },
];

/** Files that run in threads only: whoever imports one of them from elsewhere carries what only threads need. */
export const HOT = /^workers\/(net|query)\/|^workers\/plugins\/[^/]+\/handler\.ts$/;

/** Within `workers`, plugin folders are nobody's business, with these exceptions. */
export const PLUGIN_IMPORTS: readonly { readonly from: RegExp; readonly to: RegExp; readonly why: string }[] = [
  { from: /^workers\/plugins\/handlers\.ts$/, to: /\/handler\.ts$/, why: 'the registry of hot halves' },
  { from: /^workers\/plugins\/setups\.ts$/, to: /\/(setup|metrics)\.ts$/, why: 'the registry of cold halves' },
  {
    from: /^workers\/(chain\/|plugins\/plan\.ts$)/,
    to: /^workers\/plugins\/prometheus\/(series|metrics)\.ts$/,
    why: 'queries that no chain takes count in the same series',
  },
  {
    from: /^workers\/(chain\/handler|plugins\/redis_cache\/[^/]+)\.ts$/,
    to: /^workers\/plugins\/cache\/second-level\.ts$/,
    why: 'the contract between the cache and a store behind it',
  },
];

/** One owner for each package; anybody else goes through the owner's folder. */
export const PACKAGES: Readonly<Record<string, RegExp>> = {
  koffi: /^shared-cache\/native\//,
  'prom-client': /^ops\/metrics\//,
  convict: /^primary\/config\//,
  piscina: /^workers\/resolver[^/]*\.ts$/,
  ioredis: /^shared-cache\/redis\//,
  yaml: /^(primary\/(config|example)|k8s-watcher|loadtest\/cluster)\//,
  // The codec of everything that is not per query: never where threads handle packets.
  'dns-packet':
    /^(?!shared-cache\/|ops\/|workers\/(net|query|chain)\/[^/]*(?<!\.test)\.ts$|workers\/plugins\/[^/]+\/handler\.ts$)/,
};

// The hosts directive: file, zones, inline lines. Called by the primary. Cold.

import { createHash } from 'node:crypto';
import { statSync } from 'node:fs';
import { DurationError, parseDuration } from '#workers/lib/access/duration.ts';
import type { Directive, PluginSetup, SetupScope } from '../contract.ts';

export interface HostsOptions {
  readonly file: string;
  /** The Corefile names the file: that it is not there is worth a warning. */
  readonly named: boolean;
  /** Zones that names must be in. */
  readonly zones: readonly string[];
  /** Lines of the hosts format in the Corefile. */
  readonly inline: readonly string[];
  /** Seconds. */
  readonly ttl: number;
  /** Answer PTR queries. */
  readonly reverse: boolean;
  /** Milliseconds between two looks at the file; 0: none. */
  readonly reload: number;
  /** Zones in which names that are not here go to the next plugin; none: nowhere. */
  readonly fallthrough: readonly string[];
  /** Also for types other than A, AAAA and PTR of names that are here. */
  readonly fallthroughUnsupported: boolean;
  /** Key of the image that the content is published as: the same content and TTL under the same key. */
  readonly image: string;
}

type Draft = { -readonly [Key in keyof HostsOptions]: HostsOptions[Key] };

const DEFAULT_FILE = '/etc/hosts';
const MAX_TTL = 65535;

export const plugin: PluginSetup<HostsOptions> = {
  name: 'hosts',
  once: true,
  setup(directive: Directive, scope: SetupScope): HostsOptions {
    const draft: Draft = {
      file: DEFAULT_FILE,
      named: false,
      zones: [],
      inline: [],
      ttl: 3600,
      reverse: true,
      reload: 5000,
      fallthrough: [],
      fallthroughUnsupported: false,
      image: '',
    };
    while (directive.nextOccurrence()) readOccurrence(directive, scope, draft);
    if (draft.fallthroughUnsupported && draft.fallthrough.length === 0)
      throw directive.error('fallthrough_unsupported requires fallthrough');
    return { ...draft, image: imageKey(draft) };
  },
};

function readOccurrence(directive: Directive, scope: SetupScope, draft: Draft): void {
  const [file, ...zones] = directive.args();
  if (file !== undefined) {
    draft.file = scope.path(file);
    draft.named = true;
    checkAccess(directive, draft.file);
  }
  draft.zones = scope.zonesOr(zones);
  for (const property of directive.properties()) readProperty(directive, scope, draft, property);
}

function readProperty(directive: Directive, scope: SetupScope, draft: Draft, property: string): void {
  switch (property) {
    case 'fallthrough': {
      const zones = directive.args();
      draft.fallthrough = zones.length === 0 ? ['.'] : scope.zonesOr(zones);
      return;
    }
    case 'fallthrough_unsupported':
      draft.fallthroughUnsupported = true;
      return;
    case 'no_reverse':
      draft.reverse = false;
      return;
    case 'ttl':
      draft.ttl = readTtl(directive);
      return;
    case 'reload':
      draft.reload = readReload(directive);
      return;
    default:
      // Behind `fallthrough` a line of hosts is no longer one, as in the reference.
      if (draft.fallthrough.length > 0) throw directive.unknownProperty();
      draft.inline = [...draft.inline, [property, ...directive.args()].join(' ')];
  }
}

function readTtl(directive: Directive): number {
  const [text] = directive.args();
  if (text === undefined) throw directive.error('ttl needs a time in second');
  if (!/^[+-]?\d+$/.test(text)) throw directive.error('ttl needs a number of second');
  const ttl = Number(text);
  if (ttl <= 0 || ttl > MAX_TTL) throw directive.error('ttl provided is invalid');
  return ttl;
}

function readReload(directive: Directive): number {
  const args = directive.args();
  if (args.length !== 1) throw directive.error('reload needs a duration (zero seconds to disable)');
  try {
    const reload = parseDuration(args[0]);
    if (reload < 0) throw directive.error(`invalid negative duration for reload '${args[0]}'`);
    return reload;
  } catch (error) {
    if (error instanceof DurationError) throw directive.error(`invalid duration for reload '${args[0]}'`);
    throw error;
  }
}

/** A file that is not there may come; one that may not be read will not be readable later either. */
function checkAccess(directive: Directive, file: string): void {
  try {
    statSync(file);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return;
    const reason = message.replace(/^\w+: /, '').replace(/, stat .*$/, '');
    throw directive.error(`unable to access hosts file '${file}': stat ${file}: ${reason}`);
  }
}

/** Another TTL, zone or line means another image, so that a reload changes from one to the other at once. */
function imageKey(draft: Draft): string {
  const { file, zones, inline, ttl, reverse } = draft;
  const digest = createHash('sha256').update(JSON.stringify({ file, zones, inline, ttl, reverse })).digest('hex');
  return `hosts:${digest.slice(0, 32)}`;
}

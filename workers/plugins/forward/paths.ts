// Ways out of this server, a zone through an upstream: loop has each of them probed. Named by set-ups, handlers and primary/loops. Cold.

/** Octets of a zone in front of which the two numbers of a probe still fit: a name has 255 at most. */
const MAX_ZONE = 212;

/** What threads and the primary call one: the zone that its probes are named under, and the upstream's address. */
export function probePath(zone: string, upstream: string): string {
  return `${zone} ${upstream}`;
}

/**
 * The zone under which an upstream is probed: where what a server block has and what a rule of forward takes overlap. Undefined when that is nothing, or
 * when its name leaves no room. All zones are in lower case with the final dot.
 */
export function probeZone(blockZones: readonly string[], from: string): string | undefined {
  const zone = blockZones.some((candidate) => isWithin(from, candidate))
    ? from
    : blockZones.find((candidate) => isWithin(candidate, from));
  return zone !== undefined && zone.length > MAX_ZONE ? undefined : zone;
}

function isWithin(name: string, zone: string): boolean {
  return zone === '.' || name === zone || name.endsWith(`.${zone}`);
}

// Which kinds of objects images are made of: what has to be watched, and what an image waits for before it counts as whole. Cold.

import type { ApiNeeds } from './api/plan.ts';
import type { ImageOptions } from './compile/options.ts';
import type { Kind } from './objects/object.ts';

/** Kinds that the names of an image are made of. */
export function kindsOf({ naming, endpoints, pods }: ImageOptions): Kind[] {
  // `noendpoints` does not concern imports, as in the reference.
  const kinds: Kind[] = naming === 'imports' ? ['Namespace', 'ServiceImport', 'ImportSlice'] : ['Namespace', 'Service'];
  if (endpoints && naming !== 'imports') kinds.push('EndpointSlice');
  if (pods === 'verified') kinds.push('Pod');
  return kinds;
}

/** What a source must watch for all these images. */
export function needsOf(images: Iterable<ImageOptions>): ApiNeeds {
  const kinds = new Set([...images].flatMap(kindsOf));
  return { slices: kinds.has('EndpointSlice'), pods: kinds.has('Pod'), imports: kinds.has('ServiceImport') };
}

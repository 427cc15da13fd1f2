// Paths of the fake API server that are no resources: probes, version, and what kubectl asks before it does anything. Tests only.

import type { Plain } from '../objects.ts';
import type { Resource } from './resources.ts';
import { apiVersionOf, RESOURCES, rootOf } from './resources.ts';

const VERBS = ['create', 'delete', 'get', 'list', 'patch', 'update', 'watch'];
const PROBES = ['/readyz', '/livez', '/healthz'];

/** The answer as text or object; undefined for a path that does not exist. */
export function discover(path: string): string | Plain | undefined {
  if (PROBES.includes(path)) return 'ok';
  if (path === '/version') return { major: '1', minor: '34', gitVersion: 'v1.34.0-fake', platform: 'linux/amd64' };
  if (path === '/api') return { kind: 'APIVersions', versions: ['v1'] };
  if (path === '/apis')
    return { kind: 'APIGroupList', apiVersion: 'v1', groups: RESOURCES.filter(hasGroup).map(group) };
  const resources = RESOURCES.filter((resource) => rootOf(resource) === path);
  if (resources.length === 0) return undefined;
  return {
    kind: 'APIResourceList',
    apiVersion: 'v1',
    groupVersion: apiVersionOf(resources[0]),
    resources: resources.map(({ plural, kind, namespaced, short }) => ({
      name: plural,
      singularName: kind.toLowerCase(),
      namespaced,
      kind,
      verbs: VERBS,
      shortNames: short,
    })),
  };
}

function hasGroup(resource: Resource): boolean {
  return resource.group !== '';
}

function group(resource: Resource): Plain {
  const version = { groupVersion: apiVersionOf(resource), version: resource.version };
  return { name: resource.group, versions: [version], preferredVersion: version };
}

/** True when the group and version exist: then even a missing resource gets a Status object. */
export function hasRoot(path: string): boolean {
  return RESOURCES.some((resource) => path.startsWith(`${rootOf(resource)}/`));
}

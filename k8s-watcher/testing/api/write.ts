// Changes over HTTP, so that scripts that load a real server can load the fake one. Tests only.

import { isRecord } from '../../objects/fields.ts';
import type { Plain } from '../objects.ts';
import type { SeenRequest } from './requests.ts';
import type { Resource, Target } from './resources.ts';
import { apiVersionOf, resourceNamed } from './resources.ts';
import type { State, Stored } from './state.ts';
import { alreadyExists, badRequest, conflict, methodNotAllowed, notFound } from './status.ts';

export interface Written {
  readonly status: number;
  readonly object: Plain;
}

/** One object read, made, changed or deleted. Throws StatusError. */
export function handleObject(state: State, seen: SeenRequest, target: Target, text: string): Written {
  const { resource } = target;
  switch (seen.verb) {
    case 'get':
      return { status: 200, object: known(state, target).object };
    case 'create':
      return { status: 201, object: create(state, target, readBody(resource, text)).object };
    case 'update':
      return update(state, target, readBody(resource, text));
    case 'patch':
      return update(state, target, merge(known(state, target).object, readJson(resource, text)));
    case 'delete':
      known(state, target);
      return { status: 200, object: state.delete(resource, target.namespace, target.name)!.object };
    default:
      throw methodNotAllowed();
  }
}

function known(state: State, { resource, namespace, name }: Target): Stored {
  const found = name === '' ? undefined : state.get(resource, namespace, name);
  if (found !== undefined) return found;
  throw name === '' ? methodNotAllowed() : notFound(resource, name);
}

function create(state: State, target: Target, object: Plain): Stored {
  const { resource } = target;
  if (target.name !== '' || (resource.namespaced && target.namespace === '')) throw methodNotAllowed();
  const placed = place(target, object);
  const { name } = placed['metadata'] as { name?: string };
  if (name === undefined) throw badRequest('name or generateName is required');
  if (state.get(resource, target.namespace, name) !== undefined) throw alreadyExists(resource, name);
  const namespaces = resourceNamed('Namespace');
  if (resource.namespaced && state.get(namespaces, '', target.namespace) === undefined)
    throw notFound(namespaces, target.namespace);
  return state.put(placed);
}

function update(state: State, target: Target, object: Plain): Written {
  const { resource, namespace, name, subresource } = target;
  if (name === '') throw methodNotAllowed();
  const before = state.get(resource, namespace, name);
  const placed = place(target, object);
  const metadata = placed['metadata'] as Plain;
  if (metadata['name'] !== name)
    throw badRequest(`the name of the object (${metadata['name']}) does not match the name on the URL (${name})`);
  if (before === undefined) {
    if (subresource !== '') throw notFound(resource, name);
    return { status: 201, object: create(state, { ...target, name: '' }, placed).object };
  }
  const version = metadata['resourceVersion'];
  if (version !== undefined && version !== String(before.version)) throw conflict(resource, name);
  const fresh = subresource === 'status' ? { ...before.object, status: placed['status'] } : placed;
  const status = fresh['status'] === undefined ? { status: before.object['status'] } : {};
  return { status: 200, object: state.put({ ...fresh, ...(status.status === undefined ? {} : status) }).object };
}

/** The object with the namespace of its path. */
function place({ namespace, resource }: Target, object: Plain): Plain {
  const metadata = isRecord(object['metadata']) ? object['metadata'] : {};
  if (!resource.namespaced) return { ...object, metadata };
  if (metadata['namespace'] !== undefined && metadata['namespace'] !== namespace)
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
  return { ...object, metadata: { ...metadata, namespace } };
}

function readBody(resource: Resource, text: string): Plain {
  const object = readJson(resource, text);
  const { kind = resource.kind, apiVersion = apiVersionOf(resource) } = object;
  if (kind !== resource.kind || apiVersion !== apiVersionOf(resource))
    throw badRequest(`${String(apiVersion)} ${String(kind)} does not belong to ${resource.plural}`);
  return { ...object, kind, apiVersion };
}

function readJson(resource: Resource, text: string): Plain {
  try {
    const value: unknown = JSON.parse(text);
    if (isRecord(value)) return value;
  } catch {
    // Said below.
  }
  throw badRequest(`the object provided is unrecognized (must be of type ${resource.kind}): it is no JSON object`);
}

/** RFC 7386. */
function merge(target: unknown, patch: Plain): Plain {
  const merged: Record<string, unknown> = isRecord(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete merged[key];
    else merged[key] = isRecord(value) ? merge(merged[key], value) : value;
  }
  return merged;
}

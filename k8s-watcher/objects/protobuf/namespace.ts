// core.v1.Namespace: nothing but its metadata counts. Called by object.ts. Cold.

import { checkNamespace } from '../namespace.ts';
import type { Namespace, ObjectId } from '../object.ts';
import type { Body } from './body.ts';
import type { Metadata } from './meta.ts';
import type { Reader } from './reader.ts';

export class NamespaceBody implements Body {
  take(tag: number, reader: Reader): void {
    reader.skip(tag);
  }

  check(id: ObjectId, metadata: Metadata): Namespace {
    return checkNamespace(id, metadata.labels);
  }
}

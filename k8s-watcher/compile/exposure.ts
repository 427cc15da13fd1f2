// Which namespaces an image shows (spec C1 `namespaces`, `namespace_labels`). Cold.

import type { Labels } from '../objects/object.ts';
import type { ImageOptions } from './options.ts';
import { selects } from './selector.ts';

/** True when a namespace with these labels (none: it does not exist) has names. */
export function isExposed(image: ImageOptions, namespace: string, labels: Labels | undefined): boolean {
  const { namespaces, namespaceLabels } = image;
  if (labels === undefined || (namespaces.length > 0 && !namespaces.includes(namespace))) return false;
  return selects(namespaceLabels, labels);
}

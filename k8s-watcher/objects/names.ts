// Which texts are names of Kubernetes objects and DNS labels. Cold.

import { encodeName, NameError } from '#wire/name.ts';

const MAX_LABEL = 63;
const MAX_SUBDOMAIN = 253;
const HYPHEN = 45;

/** True for a lower-case DNS label (RFC 1123): names of services and namespaces, hostnames, names of ports. */
export function isLabel(text: string): boolean {
  return isLabelWithin(text, 0, text.length);
}

/** True for labels with dots between them, 253 octets at most: names of pods and slices. */
export function isSubdomain(text: string): boolean {
  if (text.length > MAX_SUBDOMAIN) return false;
  let from = 0;
  for (let dot = text.indexOf('.'); dot >= 0; dot = text.indexOf('.', from)) {
    if (!isLabelWithin(text, from, dot)) return false;
    from = dot + 1;
  }
  return isLabelWithin(text, from, text.length);
}

/** Three texts of every object: a loop takes a third of the time of a pattern. */
function isLabelWithin(text: string, from: number, to: number): boolean {
  if (from >= to || to - from > MAX_LABEL) return false;
  if (text.charCodeAt(from) === HYPHEN || text.charCodeAt(to - 1) === HYPHEN) return false;
  for (let at = from; at < to; at++) {
    const code = text.charCodeAt(at);
    const inLabel = (code >= 97 && code <= 122) || (code >= 48 && code <= 57) || code === HYPHEN;
    if (!inLabel) return false;
  }
  return true;
}

/** True for anything that can be written as a domain name other than the root. */
export function isDomainName(text: string): boolean {
  if (text === '.' || text === '') return false;
  try {
    return encodeName(text).length > 1;
  } catch (error) {
    if (error instanceof NameError) return false;
    throw error;
  }
}

// Which texts are names of Kubernetes objects and DNS labels. Cold.

import { encodeName, NameError } from '#wire/name.ts';

const LABEL = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

/** True for a lower-case DNS label (RFC 1123): names of services and namespaces, hostnames, names of ports. */
export function isLabel(text: string): boolean {
  return LABEL.test(text);
}

/** True for labels with dots between them, 253 octets at most: names of pods and slices. */
export function isSubdomain(text: string): boolean {
  return text.length <= 253 && text.split('.').every(isLabel);
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

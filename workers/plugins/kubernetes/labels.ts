// Labels that have a meaning in a cluster zone. Used while handlers are built.

function wire(label: string): Uint8Array {
  return new TextEncoder().encode(String.fromCharCode(label.length) + label);
}

/** Wire labels, length octet included. */
export const SVC: Uint8Array = wire('svc');
export const POD: Uint8Array = wire('pod');
export const DNS: Uint8Array = wire('dns');
export const NS: Uint8Array = wire('ns');
export const DNS_VERSION: Uint8Array = wire('dns-version');
export const ZONE: Uint8Array = wire('_zone');
export const PIN: Uint8Array = wire('pin');
export const PREFER: Uint8Array = wire('prefer');

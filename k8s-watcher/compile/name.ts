// Relative names while they are compiled. Cold.

/** Wire labels below the zone, lower case, without the root octet, as one-byte characters: cheap to keep, to compare and as the key of a map. */
export type RelativeName = string;

/** The zone itself. */
export const APEX: RelativeName = '';

/** `relativeName('web', 'default', 'svc')`; labels are ASCII of 1…63 characters. */
export function relativeName(...labels: readonly string[]): RelativeName {
  let name = '';
  for (const label of labels) name += wireLabel(label);
  return name;
}

/** One label: put it in front of a name that is there already. */
export function wireLabel(label: string): RelativeName {
  return LENGTHS[label.length] + label.toLowerCase();
}

/** The characters of length octets. */
const LENGTHS: readonly string[] = Array.from({ length: 64 }, (_, length) => String.fromCharCode(length));

/** The octets, as images want them. */
export function nameOctets(name: RelativeName): Uint8Array {
  const octets = new Uint8Array(name.length);
  for (let i = 0; i < octets.length; i++) octets[i] = name.charCodeAt(i);
  return octets;
}

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

/** One label or several with dots between them, letters as they are written: what an SRV target has of its own. */
export function ownLabels(text: string): RelativeName {
  if (!text.includes('.')) return LENGTHS[text.length] + text;
  return text
    .split('.')
    .map((label) => LENGTHS[label.length] + label)
    .join('');
}

/** The characters of length octets. */
const LENGTHS: readonly string[] = Array.from({ length: 64 }, (_, length) => String.fromCharCode(length));

// Which objects a label selector selects. Its text is parsed where the directive is read. Cold.

import type { Labels } from '../objects/object.ts';
import type { Requirement } from './options.ts';

/** True when all requirements hold; an empty selector selects everything. */
export function selects(requirements: readonly Requirement[], labels: Labels): boolean {
  return requirements.every((requirement) => holds(requirement, labels[requirement.key]));
}

/** `notin` holds for objects without the label too, as the API server has it. */
function holds({ operator, values }: Requirement, value: string | undefined): boolean {
  switch (operator) {
    case 'in':
      return value !== undefined && values.includes(value);
    case 'notin':
      return value === undefined || !values.includes(value);
    case 'exists':
      return value !== undefined;
    case 'missing':
      return value === undefined;
  }
}

// The tables of one cache directive in the answers segment. Called by the primary when it makes a plan. Cold.

import type { AnswerSegment } from '#answers/directory.ts';
import type { CacheOptions, CacheTables } from './options.ts';

/**
 * Finds or makes both tables. `key` stands for everything that decides on the answers: block, zones, and what stands behind the cache in the
 * chain. As long as it stays the same the content stays; another key begins with nothing. `answerBytes`: octets reserved for each answer.
 * Hand the ids of all plans in force to `AnswerSegment.release` afterwards.
 * @throws AnswerSpaceError when the segment is full
 */
export function allocateTables(
  segment: AnswerSegment,
  key: string,
  options: CacheOptions,
  answerBytes: number,
): CacheTables {
  const allocate = (share: 'success' | 'denial'): number => {
    const { capacity } = options[share];
    return segment.allocate(`${share} ${key}`, capacity, capacity * answerBytes);
  };
  return { success: allocate('success'), denial: allocate('denial') };
}

// What can go wrong with tables of answers; all of it before the first query. Cold.

/** The segment has no room for another table, however small. */
export class AnswerSpaceError extends Error {
  readonly code = 'ERR_ANSWER_SPACE';
  override readonly name = 'AnswerSpaceError';
}

/** A table that is asked for does not exist, or the segment holds no tables of this version. */
export class AnswerTableError extends Error {
  readonly code = 'ERR_ANSWER_TABLE';
  override readonly name = 'AnswerTableError';
}

// A log format as a list of small integers: compiled once, walked for every line. Called by the handler. Cold: compile.

/** What stands at a place of a line. LITERAL takes the next text of `literals`, METADATA the value of the next one of `labels`. */
export const FIELD = {
  LITERAL: 0,
  TYPE: 1,
  NAME: 2,
  CLASS: 3,
  PROTO: 4,
  SIZE: 5,
  REMOTE: 6,
  PORT: 7,
  LOCAL: 8,
  RCODE: 9,
  RSIZE: 10,
  DURATION: 11,
  RFLAGS: 12,
  ID: 13,
  OPCODE: 14,
  DO: 15,
  BUFSIZE: 16,
  METADATA: 17,
} as const;

const NAMES: ReadonlyMap<string, number> = new Map([
  ['type', FIELD.TYPE],
  ['name', FIELD.NAME],
  ['class', FIELD.CLASS],
  ['proto', FIELD.PROTO],
  ['size', FIELD.SIZE],
  ['remote', FIELD.REMOTE],
  ['port', FIELD.PORT],
  ['local', FIELD.LOCAL],
  ['rcode', FIELD.RCODE],
  ['rsize', FIELD.RSIZE],
  ['duration', FIELD.DURATION],
  ['>rflags', FIELD.RFLAGS],
  ['>id', FIELD.ID],
  ['>opcode', FIELD.OPCODE],
  ['>do', FIELD.DO],
  ['>bufsize', FIELD.BUFSIZE],
]);

export interface LineFormat {
  /** Values of FIELD. */
  readonly fields: Uint8Array;
  /** Texts of the LITERAL fields in order. */
  readonly literals: readonly string[];
  /** `plugin/label` of the METADATA fields in order. */
  readonly labels: readonly string[];
}

/** `{x}` that means nothing stays as it is. */
export function compileFormat(format: string): LineFormat {
  const fields: number[] = [];
  const literals: string[] = [];
  const labels: string[] = [];
  let text = '';
  const flush = () => {
    if (text === '') return;
    fields.push(FIELD.LITERAL);
    literals.push(text);
    text = '';
  };
  for (const part of format.split(/(\{[^{}]*\})/)) {
    const label = /^\{\/(.+\/.+)\}$/.exec(part)?.[1];
    if (label !== undefined) labels.push(label);
    const named = part.startsWith('{') ? NAMES.get(part.slice(1, -1)) : undefined;
    const field = label === undefined ? named : FIELD.METADATA;
    if (field === undefined) text += part;
    else {
      flush();
      fields.push(field);
    }
  }
  flush();
  return { fields: Uint8Array.from(fields), literals, labels };
}

// Label selectors as Kubernetes writes them: `app=web,tier in (a, b),!legacy`. Read by set-up. Cold.

/** One condition; all of a selector must hold. `exists` and `missing` have no values. */
export interface Requirement {
  readonly key: string;
  readonly operator: 'in' | 'notin' | 'exists' | 'missing';
  readonly values: readonly string[];
}

/** A text that is no selector; `message` says why. */
export class SelectorError extends Error {
  readonly code = 'ERR_SELECTOR';
  override readonly name = 'SelectorError';
}

/** An optional DNS name and a slash, then the name: what keys of labels are. */
const KEY = /^([a-z0-9]([-a-z0-9.]*[a-z0-9])?\/)?[a-z0-9]([-_.a-z0-9]{0,61}[a-z0-9])?$/i;
const VALUE = /^([a-z0-9]([-_.a-z0-9]{0,61}[a-z0-9])?)?$/i;
const TOKEN = /\s*(==|!=|[=!<>(),]|[^\s=!<>(),]+)/y;

/** The requirements of a selector, in its order. Throws SelectorError. */
export function parseSelector(text: string): Requirement[] {
  const tokens = new Tokens(text);
  const requirements: Requirement[] = [];
  do requirements.push(readRequirement(tokens));
  while (tokens.take(','));
  if (tokens.peek() !== undefined)
    throw new SelectorError(`found '${tokens.peek()}', expected: ',' or 'end of string'`);
  return requirements;
}

/** The same as a text that an API server takes, always the same for the same requirements; '' for none. */
export function formatSelector(requirements: readonly Requirement[]): string {
  return requirements.map(formatRequirement).join(',');
}

function formatRequirement({ key, operator, values }: Requirement): string {
  if (operator === 'exists') return key;
  return operator === 'missing' ? `!${key}` : `${key} ${operator} (${values.join(',')})`;
}

class Tokens {
  readonly #tokens: string[] = [];
  #at = 0;

  constructor(text: string) {
    TOKEN.lastIndex = 0;
    for (let match = TOKEN.exec(text); match !== null; match = TOKEN.exec(text)) this.#tokens.push(match[1]);
  }

  peek(): string | undefined {
    return this.#tokens[this.#at];
  }

  next(): string {
    return this.#tokens[this.#at++] ?? '';
  }

  /** True, and moves on, when the next token is that one. */
  take(token: string): boolean {
    if (this.peek() !== token) return false;
    this.#at++;
    return true;
  }
}

function readRequirement(tokens: Tokens): Requirement {
  if (tokens.take('!')) return { key: readKey(tokens), operator: 'missing', values: [] };
  const key = readKey(tokens);
  const operator = tokens.peek();
  if (operator === undefined || operator === ',') return { key, operator: 'exists', values: [] };
  tokens.next();
  switch (operator) {
    case '=':
    case '==':
      return { key, operator: 'in', values: [readValue(tokens)] };
    case '!=':
      return { key, operator: 'notin', values: [readValue(tokens)] };
    case 'in':
    case 'notin':
      return { key, operator, values: readSet(tokens) };
    case '<':
    case '>':
      throw new SelectorError(`"${operator}" isn't supported in label selectors`);
    default:
      throw new SelectorError(`found '${operator}', expected: '=', '!=', '==', 'in', 'notin'`);
  }
}

function readKey(tokens: Tokens): string {
  const key = tokens.next();
  if (!KEY.test(key))
    throw new SelectorError(key === '' ? "found '', expected: identifier" : `'${key}' is not a label key`);
  return key;
}

/** Nothing at all is the empty value. */
function readValue(tokens: Tokens): string {
  const next = tokens.peek();
  return next === undefined || next === ',' || next === ')' ? '' : checkValue(tokens.next());
}

function readSet(tokens: Tokens): string[] {
  if (!tokens.take('(')) throw new SelectorError(`found '${tokens.next()}', expected: '('`);
  const values: string[] = [];
  do values.push(readValue(tokens));
  while (tokens.take(','));
  if (!tokens.take(')')) throw new SelectorError(`found '${tokens.next()}', expected: ',' or ')'`);
  return values;
}

function checkValue(value: string): string {
  if (!VALUE.test(value)) throw new SelectorError(`'${value}' is not a label value`);
  return value;
}

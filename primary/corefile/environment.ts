// {%NAME%} and {$NAME} in tokens (behaviour A2). Called by the parser for keys, directive names, arguments and import patterns. Cold.

export type Environment = Readonly<Record<string, string | undefined>>;

// A value may hold references, also to itself. Real files nest one or two deep, so both limits are far away from any
// of them; they only end a circle. Nothing but a refused honest file would be a reason to raise them.
const MAX_REPLACEMENTS = 1_000;
const MAX_LENGTH = 1 << 20;

/** The text with all references replaced; undefined when that does not come to an end (a variable that holds itself). */
export function substitute(text: string, env: Environment): string | undefined {
  if (!text.includes('{')) return text;
  const half = replaceReferences(text, '{%', '%}', env);
  return half === undefined ? undefined : replaceReferences(half, '{$', '}', env);
}

/** An empty name or a missing terminator at the first reference leaves the whole rest as it is. */
function replaceReferences(text: string, open: string, close: string, env: Environment): string | undefined {
  let result = text;
  for (let count = 0; count <= MAX_REPLACEMENTS; count++) {
    const start = result.indexOf(open);
    if (start < 0) return result;
    const end = result.indexOf(close, start);
    if (end <= start + open.length) return result;
    const name = result.slice(start + open.length, end);
    const value = Object.hasOwn(env, name) ? (env[name] ?? '') : '';
    const parts = result.split(open + name + close);
    if (result.length + (parts.length - 1) * value.length > MAX_LENGTH) return undefined;
    result = parts.join(value);
  }
  return undefined;
}

// Documents of a JSON file: one value, or several one after the other (JSON lines, concatenated JSON). Cold.

import type { Document } from './parse.ts';

/** Throws SyntaxError with `line` for what is no JSON. */
export function readJson(text: string): Document[] {
  try {
    return [{ value: JSON.parse(text), line: 1 }];
  } catch (error) {
    const parts = splitValues(text);
    if (parts.length < 2) throw error;
    return parts.map((part) => ({ value: JSON.parse(part.text), line: part.line }));
  }
}

/** Texts of objects and lists at the outermost level; what stands between them is part of the one behind it. */
function splitValues(text: string): { text: string; line: number }[] {
  const parts: { text: string; line: number }[] = [];
  let line = 1;
  let start = 0;
  for (let at = endOfValue(text, 0); at > 0; at = endOfValue(text, start)) {
    const part = text.slice(start, at);
    const blank = part.length - part.trimStart().length;
    parts.push({ text: part, line: line + linesIn(part.slice(0, blank)) });
    line += linesIn(part);
    start = at;
  }
  if (text.slice(start).trim() !== '') parts.push({ text: text.slice(start), line });
  return parts;
}

/** Offset behind the first complete object or list from `from` on, or 0. */
function endOfValue(text: string, from: number): number {
  let depth = 0;
  for (let at = from; at < text.length; at++) {
    const char = text[at];
    if (char === '"') at = endOfString(text, at);
    else if (char === '{' || char === '[') depth++;
    else if ((char === '}' || char === ']') && --depth <= 0) return at + 1;
  }
  return 0;
}

function endOfString(text: string, from: number): number {
  let at = from + 1;
  while (at < text.length && text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
  return at;
}

function linesIn(text: string): number {
  return text.split('\n').length - 1;
}

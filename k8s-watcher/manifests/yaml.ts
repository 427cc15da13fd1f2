// Documents of a YAML file. Loaded when there is one. Cold.

import { LineCounter, parseAllDocuments } from 'yaml';
import type { Document } from './parse.ts';
import { DocumentError } from './parse.ts';

/** Throws DocumentError with the number of the document that is broken. */
export function readYaml(text: string): Document[] {
  const lineCounter = new LineCounter();
  const documents = parseAllDocuments(text, { lineCounter });
  if ('empty' in documents) return [];
  return documents.map((document, index) => {
    const at = document.contents?.range?.[0] ?? document.range[0];
    const line = Math.max(1, lineCounter.linePos(at).line);
    const error = document.errors.at(0);
    if (error !== undefined) throw new DocumentError(index + 1, line, firstLine(error.message));
    try {
      return { value: document.toJS(), line };
    } catch (cause) {
      throw new DocumentError(index + 1, line, firstLine(cause instanceof Error ? cause.message : String(cause)));
    }
  });
}

/** The parser shows the place below. */
function firstLine(message: string): string {
  return message.split('\n', 1)[0].replace(/:$/, '');
}

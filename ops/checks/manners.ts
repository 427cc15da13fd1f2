// What no file of the repository may contain. Each rule finds its offenders in a text; cold.

export interface Manner {
  readonly name: string;
  /** Which files it is for, by path. */
  readonly files: RegExp;
  /** What is wrong with the text, with the line when there is one; '' when nothing is. */
  offence(text: string): string;
}

const TYPESCRIPT = /\.ts$/;
const TESTS = /\.(test|bench)\.ts$/;
const ANYTHING = /^/;
/** Longest file that a reader still takes in. */
const MAX_LINES = 500;
/** Lines of the comment that opens a file: what it holds, who calls it, hot or cold. */
const MAX_OPENING = 3;

/** A rule that no line may match. Patterns that would find themselves are written so that they do not. */
function noLine(name: string, files: RegExp, pattern: RegExp): Manner {
  return {
    name,
    files,
    offence: (text) => {
      const at = text.split('\n').findIndex((line) => pattern.test(line));
      return at < 0 ? '' : `line ${at + 1}: ${text.split('\n')[at].trim()}`;
    },
  };
}

export const MANNERS: readonly Manner[] = [
  noLine('exports have names', TYPESCRIPT, /^export default\b|\bas default\b/),
  noLine('no any', TYPESCRIPT, /^(?!\s*(\/\/|\*|\/\*)).*(:|\bas|<|,|\||=>) *any\b(?=[\s,;)>[\]|&=]|$)(?![^']*'[^']*$)/),
  noLine('no exemption from the compiler or the linter', TYPESCRIPT, /(@ts-|biome-)(ignore|expect-error|nocheck)/),
  noLine('types are erasable', TYPESCRIPT, /^\s*(export )?(declare )?(const )?(enum|namespace) \w/),
  noLine('nothing is left to be done later', ANYTHING, /\b(TO[D]O|FIX[M]E|XX[X]|HA[C]K)\b/),
  noLine('no path of a developer’s machine', ANYTHING, /(?<![\w.-])\/(?:work|root|tmp\/brief|home\/\w+|Users\/\w+)\//),
  noLine(
    'no host of a package registry',
    ANYTHING,
    /\b(registry\.(npmjs|yarnpkg|npmmirror)|npm\.pkg\.github)\b|^registry *=/,
  ),
  noLine('no address in the lock file', /(^|\/)package-lock\.json$/, /"resolved": "(?!file:)/),
  noLine('no credential', ANYTHING, /_auth[T]oken|-----BEGIN [A-Z ]*PRIVATE KE[Y]|\bAKIA[0-9A-Z]{16}\b/),
  noLine('no blank at the end of a line', /\.(ts|json|yaml|yml)$/, /[ \t]+$/),
  {
    name: `no more than ${MAX_LINES} lines`,
    files: TYPESCRIPT,
    offence: (text) => {
      const lines = text.split('\n').length - 1;
      return lines > MAX_LINES ? `${lines} lines` : '';
    },
  },
  {
    name: 'a file opens with a comment',
    files: new RegExp(`^(?!.*${TESTS.source})(?=.*${TYPESCRIPT.source})`),
    offence: opening,
  },
  {
    name: 'a file ends with a line break',
    files: /^(?!.*\/data\/).*(\.(ts|md|json|yaml|yml)|Corefile)$/,
    offence: (text) => (text === '' || text.endsWith('\n') ? '' : 'the last line has no end'),
  },
];

/** Tests are excused: their name says what they test, and the file beside them what that is. */
function opening(text: string): string {
  const lines = text.split('\n');
  const start = lines[0].startsWith('#!') ? 1 : 0;
  const end = lines.findIndex((line, i) => i >= start && !line.startsWith('//'));
  if (end === start) return `begins with: ${lines[start]}`;
  return end - start > MAX_OPENING ? `the opening comment has ${end - start} lines` : '';
}

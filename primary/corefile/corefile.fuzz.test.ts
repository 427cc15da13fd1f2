// Token soup and damaged Corefiles: whatever comes in, a Corefile or a ConfigError comes out, and soon.

import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { ConfigError } from '#plugins/contract.ts';
import { checkListeners } from './blocks.ts';
import { readTokens } from './lexer.ts';
import { openFolder, parseText, picture } from './testing.ts';

const ROUNDS = 3_000;
const limits = { snippets: 50, files: 50, tokens: 2_000 };

const folder = openFolder({
  good: 'whoami\nlog\n',
  self: 'import self\nimport self\n',
  soup: '} { import good\n(x) {\n',
  blocks: 'a.org {\n any\n}\n(y) {\n import x\n}\n',
});
after(folder.remove);

const env = { A: 'a', LOOP: '{$LOOP}x', BRACE: '{', CLOSE: '}', NL: 'a\nb', IMPORT: 'import', NAME: 'x' };

const WORDS = [
  ...[
    '.',
    'a.org',
    '.:53',
    'tls://b',
    '10.0.0.0/22',
    '::/3',
    ':',
    '(x)',
    '(y)',
    'c,',
    ',',
    '}',
    '}',
    '{',
    '{',
    '{',
    '{}',
    '};',
  ],
  ...[
    'whoami',
    'cache',
    'forward',
    'log',
    'errors',
    'foobar',
    'import x',
    'import y',
    'import good',
    'import self',
    'import soup',
  ],
  ...[
    'import blocks',
    'import *',
    'import g?od',
    'import',
    'import [',
    'import {$NAME}',
    '{$A}',
    '{$LOOP}',
    '{$BRACE}',
    '{$CLOSE}',
  ],
  ...[
    '{$NL}',
    '{%A%}',
    '{$}',
    '{$IMPORT} x',
    '"',
    '"a b"',
    '"a\nb"',
    '"\\""',
    '\\',
    '#',
    '# c',
    'a#b',
    '30',
    'max_fails',
    '\r',
    '\0',
    'ä\u2028',
  ],
];
const GAPS = [' ', ' ', ' ', '\n', '\n', '\n ', '\t', '\r\n', ''];

const SEED = `(x) {
    errors
    log . {
        class error
    }
}
.:53 example.org:{$A}53 {
    import x
    health { lameduck 5s }
    forward . /etc/resolv.conf { max_concurrent 1000 }
    template IN A { answer "{{ .Name }} 60 IN A 1.2.3.4" }
    cache 30 {
        success 10 20
    }
}
10.0.0.0/22 {
    import good
}
`;

/** xorshift32: small, seeded, the same on every machine. */
function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

function soup(next: (below: number) => number): string {
  return Array.from({ length: next(40) }, () => WORDS[next(WORDS.length)] + GAPS[next(GAPS.length)]).join('');
}

/** Cuts, doubles, swaps and overwrites pieces of a good file. */
function damage(text: string, next: (below: number) => number): string {
  let result = text;
  for (let i = next(6); i >= 0; i--) {
    const from = next(result.length + 1);
    const to = Math.min(result.length, from + next(30));
    const middle = ['', result.slice(from, to).repeat(2), WORDS[next(WORDS.length)], String.fromCharCode(next(256))][
      next(4)
    ];
    result = result.slice(0, from) + middle + result.slice(to);
  }
  return result;
}

/** Parses and reads everything; true when that went through, false at a ConfigError. */
function survives(text: string): boolean {
  try {
    const { blocks } = parseText(text, { file: `${folder.path}/Corefile`, env, limits });
    assert.ok(blocks.length > 0);
    blocks.map(picture);
    checkListeners(blocks.map(({ keys }) => ({ keys, addresses: [], views: 0 })));
    return true;
  } catch (error) {
    if (error instanceof ConfigError) {
      assert.ok(error.message.length > 0);
      return false;
    }
    throw new Error(`input ${JSON.stringify(text)}`, { cause: error });
  }
}

describe('fuzz', () => {
  it('token soup', () => {
    const next = random(0x5eed);
    const good = Array.from({ length: ROUNDS }, () => survives(soup(next))).filter(Boolean).length;
    assert.ok(good > 0 && good < ROUNDS, `${good} of ${ROUNDS} were fine`);
  });

  it('damaged Corefiles', () => {
    const next = random(0xc0ffee);
    assert.equal(survives(SEED), true);
    const good = Array.from({ length: ROUNDS }, () => survives(damage(SEED, next))).filter(Boolean).length;
    assert.ok(good > 0 && good < ROUNDS, `${good} of ${ROUNDS} were fine`);
  });

  it('lines of tokens never go back, and cover what is no blank or comment', () => {
    const next = random(0xface);
    for (let i = 0; i < ROUNDS; i++) {
      const text = soup(next);
      const tokens = readTokens(text, 'f');
      const lines = text.split('\n').length;
      for (const [at, token] of tokens.entries()) {
        const previous = tokens[at - 1];
        assert.ok(previous === undefined || token.line >= previous.line + previous.breaks, JSON.stringify(text));
        assert.ok(token.line + token.breaks <= lines, JSON.stringify(text));
      }
    }
  });

  it('the same text gives the same hash input', () => {
    const next = random(0xdead);
    for (let i = 0; i < 200; i++) {
      const text = damage(SEED, next);
      if (!survives(text)) continue;
      const read = (): string => parseText(text, { file: `${folder.path}/Corefile`, env, limits }).hashInput;
      assert.equal(read(), read());
      assert.doesNotThrow(() => JSON.parse(read()));
    }
  });
});

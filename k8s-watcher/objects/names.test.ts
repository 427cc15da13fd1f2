// What is a label, a name, a domain name.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isDomainName, isLabel, isSubdomain } from './names.ts';

describe('names', () => {
  const long = 'a'.repeat(63);
  const rows: [text: string, label: boolean, subdomain: boolean, domainName: boolean][] = [
    ['web', true, true, true],
    ['a', true, true, true],
    ['9-a', true, true, true],
    ['web-0.db', false, true, true],
    [long, true, true, true],
    [`${long}a`, false, false, false],
    [`${long}.${long}.${long}.${long}`, false, false, false],
    ['-a', false, false, true],
    ['a-', false, false, true],
    ['Web', false, false, true],
    ['a_b', false, false, true],
    ['a..b', false, false, false],
    ['a.b.', false, false, true],
    ['.', false, false, false],
    ['', false, false, false],
    ['a.-b', false, false, true],
    ['.a', false, false, false],
    ['é', false, false, true],
  ];
  for (const [text, label, subdomain, domainName] of rows)
    it(JSON.stringify(text.slice(0, 20)), () =>
      assert.deepEqual([isLabel(text), isSubdomain(text), isDomainName(text)], [label, subdomain, domainName]),
    );

  it('are what the pattern of RFC 1123 takes', () => {
    const pattern = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
    const characters = 'az09-.A_~/{é';
    for (let i = 0; i < 20_000; i++) {
      const length = i % 7 === 0 ? 60 + (i % 6) : i % 5;
      let text = '';
      while (text.length < length)
        text += characters[Math.floor(Math.random() * (i % 3 === 0 ? 5 : characters.length))];
      assert.equal(isLabel(text), pattern.test(text), text);
      assert.equal(
        isSubdomain(text),
        text.length <= 253 && text.split('.').every((label) => pattern.test(label)),
        text,
      );
    }
  });
});

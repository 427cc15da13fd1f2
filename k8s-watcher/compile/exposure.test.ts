// Which namespaces an image shows.

import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { Labels } from '../objects/object.ts';
import { PLAIN_OPTIONS } from '../testing/image.ts';
import { isExposed } from './exposure.ts';
import type { ImageOptions } from './options.ts';

const team: ImageOptions['namespaceLabels'] = [{ key: 'team', operator: 'in', values: ['a'] }];
const ROWS: readonly [name: string, image: Partial<ImageOptions>, labels: Labels | undefined, exposed: boolean][] = [
  ['one that exists', {}, {}, true],
  ['none that does not exist', {}, undefined, false],
  ['one that is listed', { namespaces: ['default'] }, {}, true],
  ['none that is listed and does not exist', { namespaces: ['default'] }, undefined, false],
  ['none that is not listed', { namespaces: ['other'] }, {}, false],
  ['one whose labels are selected', { namespaceLabels: team }, { team: 'a' }, true],
  ['none whose labels are not selected', { namespaceLabels: team }, { team: 'b' }, false],
];

for (const [name, image, labels, exposed] of ROWS)
  it(name, () => {
    assert.equal(isExposed({ ...PLAIN_OPTIONS, ...image }, 'default', labels), exposed);
  });

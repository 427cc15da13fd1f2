// Which encodings are asked for.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { acceptOf, acceptOfMetadata } from './reading.ts';
import { RESOURCES, type Resource } from './resources.ts';
import { DEFAULTS } from './settings.ts';

const of = (kind: string): Resource => RESOURCES.find((resource) => resource.kind === kind)!;

describe('encodings', () => {
  const binary = 'application/vnd.kubernetes.protobuf';
  const partial = ';as=PartialObjectMetadataList;v=v1;g=meta.k8s.io';
  const plain = { ...DEFAULTS, protobuf: false };
  const rows: { name: string; accept: string; want: string }[] = [
    {
      name: 'protobuf where the server may have it',
      accept: acceptOf(of('Service'), DEFAULTS),
      want: `${binary},application/json`,
    },
    { name: 'JSON of custom resources', accept: acceptOf(of('ServiceImport'), DEFAULTS), want: 'application/json' },
    { name: 'JSON when told so', accept: acceptOf(of('Service'), plain), want: 'application/json' },
    {
      name: 'metadata',
      accept: acceptOfMetadata(DEFAULTS),
      want: `${binary}${partial},application/json${partial},application/json`,
    },
    { name: 'metadata in JSON', accept: acceptOfMetadata(plain), want: `application/json${partial},application/json` },
  ];
  for (const { name, accept, want } of rows) it(name, () => assert.equal(accept, want));
});

// Cost of a rewrite for one query, beside a chain without it: `node workers/plugins/rewrite/handler.bench.ts`. Run by hand.

import { FLAG, RCODE, TYPE } from '#wire/constants.ts';
import { Chain } from '#workers/chain/chain.ts';
import type { Handler } from '#workers/chain/handler.ts';
import { WRITTEN } from '#workers/chain/outcome.ts';
import { readQuery } from '#workers/query/read.ts';
import { encodeQuestion } from '#workers/testing/case.ts';
import { TextDirective, testScope } from '#workers/testing/directive.ts';
import { TestThread } from '#workers/testing/thread.ts';
import { build } from './handler.ts';
import { plugin } from './setup.ts';

const QUERIES = 300_000;
const SCOPE = { server: 'dns://:53', zones: ['.'], blockZones: ['.'] };
const ADDRESS = Uint8Array.of(10, 0, 0, 1);
const NAMES = ['web.default.legacy.cluster.local.', 'web.default.svc.cluster.local.'];
const COREFILES = [
  '',
  'rewrite name a.test b.test',
  'rewrite name suffix .legacy.cluster.local .svc.cluster.local answer auto',
  'rewrite name regex (.*)\\.legacy\\.cluster\\.local {1}.svc.cluster.local answer auto',
];

const backend: Handler = {
  serve(query, answer) {
    answer.start(query, RCODE.NOERROR, FLAG.AA);
    answer.recordFrom(12, query.nameLength, TYPE.A, 1, 5, ADDRESS, 0, 4);
    return WRITTEN;
  },
};

function run(corefile: string, name: string): number {
  const thread = new TestThread();
  const query = thread.pool.acquire();
  if (query === undefined) return 0;
  const options = plugin.setup(new TextDirective('rewrite', corefile), testScope());
  const rewrite = corefile === '' ? [] : [build({ name: 'rewrite', options, slots: null }, thread.host, SCOPE)];
  const chain = new Chain([...rewrite, backend], ['rewrite', 'backend'], { complete: () => {} });
  const request = encodeQuestion({ name, type: 'A' });
  query.bytes.set(request, thread.requestAt);
  const ask = () => {
    query.answer.open(thread.answerAt);
    readQuery(query, thread.requestAt, request.length, thread.host.seed);
    chain.run(query, query.answer);
    query.answer.seal(query);
  };
  for (let i = 0; i < QUERIES / 3; i++) ask();
  const start = performance.now();
  for (let i = 0; i < QUERIES; i++) ask();
  return ((performance.now() - start) / QUERIES) * 1e6;
}

for (const name of NAMES)
  for (const corefile of COREFILES)
    console.log(`${run(corefile, name).toFixed(0).padStart(6)} ns  ${name}  ${corefile}`);

// `npm start`: serves the example and says what to try. Cold.

import { join } from 'node:path';
import { compileCache } from '../compile-cache.ts';

const HERE = import.meta.dirname;
const PORT = '1053';

const TRY = `
Shoal answers for a sample cluster on port ${PORT}. Try, in another terminal:

  dig @127.0.0.1 -p ${PORT} my-api.production.svc.cluster.local            a Service: its cluster IP
  dig @127.0.0.1 -p ${PORT} postgres.db.svc.cluster.local                  headless: every ready pod
  dig @127.0.0.1 -p ${PORT} _http._tcp.my-api.production.svc.cluster.local SRV
  dig @127.0.0.1 -p ${PORT} -x 10.96.0.10                                  an address: its name
  curl -s localhost:9153/metrics | grep coredns_dns

Change a file in primary/example/cluster and ask again. Ctrl-C ends the server; README.md goes on from here.
`;

compileCache();
const { main } = await import('../boot.ts');
await main([
  '-conf',
  join(HERE, 'Corefile'),
  '-manifests',
  join(HERE, 'cluster'),
  '-dns.port',
  PORT,
  ...process.argv.slice(2),
]);
process.stdout.write(TRY);

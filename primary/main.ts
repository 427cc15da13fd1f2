// Entry point: `node primary/main.ts -conf F`. Sees to it that compiled code is cached, then starts the server. Cold.

import { compileCache } from './compile-cache.ts';

compileCache();
const { main } = await import('./boot.ts');
await main(process.argv.slice(2));

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { it } from 'node:test';
import { describeTuning } from './describe.ts';
import { SETTINGS } from './schema.ts';

const table = describeTuning();

it('has a row of five cells for every key', () => {
  const rows = table.split('\n');
  assert.equal(rows.length, SETTINGS.size + 2);
  for (const row of rows) assert.equal(row.split('|').length, 7, row);
});

it('prints values as operators write them', () => {
  const cells = table.replaceAll(/ +/g, ' ');
  assert.ok(cells.includes('| `udp.receiveBuffer` | 4 MiB | 64 KiB to 1 GiB | `SHOAL_UDP_RECEIVE_BUFFER` |'));
  assert.ok(cells.includes('| `udp.io` | `auto` | `auto`, `batched`, `dgram` | `SHOAL_UDP_IO` |'));
  assert.ok(cells.includes('| `tcp.idleTimeout` | 10 s | 100 ms to 1 h | `SHOAL_TCP_IDLE_TIMEOUT` |'));
});

it('stands in TUNING.md as it is', () => {
  const page = readFileSync(new URL('./TUNING.md', import.meta.url), 'utf8');
  const rows = page.split('\n').filter((line) => line.startsWith('|'));
  assert.equal(rows.join('\n'), table);
});

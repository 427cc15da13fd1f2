import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { it } from 'node:test';
import { freePort } from './port.ts';

it('can be bound by UDP and TCP', async () => {
  const port = await freePort();
  const socket = createSocket('udp4');
  const server = createServer();
  socket.bind(port, '127.0.0.1');
  server.listen(port, '127.0.0.1');
  await Promise.all([once(socket, 'listening'), once(server, 'listening')]);
  socket.close();
  server.close();
  assert.ok(port > 0);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openArena } from './arena.ts';
import { datagramCases, echo, LOCALHOST, Recorder, send, until } from './datagram.cases.ts';
import { openDatagramIo } from './datagram.ts';

datagramCases('dgram', undefined);

test('node:dgram does not tell the address that was asked', async () => {
  const arena = openArena(1 << 20);
  const io = openDatagramIo(arena, 'dgram');
  const server = await io.open({ ...LOCALHOST, address: '' });
  const sink = new Recorder(arena, echo(arena));
  server.listen(sink);
  const client = await io.open({ ...LOCALHOST, address: '', connect: { address: '127.0.0.1', port: server.port } });
  send(arena, client, Uint8Array.of(1));
  client.flush();
  await until(() => sink.received.length === 1, 'the datagram');
  assert.equal(sink.received[0].local, '');
  server.close();
  client.close();
});

test('node:dgram keeps a limited number while paused', async () => {
  const arena = openArena(1 << 20);
  const io = openDatagramIo(arena, 'dgram');
  const options = { ...LOCALHOST, receiveBuffer: 4 << 20 };
  const server = await io.open(options);
  const sink = new Recorder(arena);
  server.listen(sink);
  server.pause();
  const client = await io.open({ ...options, address: '', connect: { address: '127.0.0.1', port: server.port } });
  for (let sent = 0; sent < 1200; sent++) {
    send(arena, client, Uint8Array.of(sent & 255));
    if (sent % 50 === 49) await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await until(() => server.dropped === 1200 - 1024, 'the rest is dropped');
  server.resume();
  assert.equal(sink.received.length, 1024);
  server.close();
  client.close();
});

// What a client with EDNS is told when no upstream has an answer (RFC 8914 §4.23, §4.24).

import assert from 'node:assert/strict';
import { answering, silent } from '../../testing/upstream.ts';
import { A, play } from './scene.ts';

const NO_REACHABLE_AUTHORITY = 22;
const NETWORK_ERROR = 23;

play('nobody answers: No Reachable Authority', async (scene) => {
  await scene.upstream(silent);
  const rig = scene.rig('forward . to {\n read_timeout 50ms\n}');
  assert.equal((await rig.ask(A)).explanation, NO_REACHABLE_AUTHORITY);
});

play('the network says why not: Network Error', async (scene) => {
  const upstream = await scene.upstream(silent);
  const rig = scene.rig('forward . to');
  await upstream.close();
  scene.upstreams.pop();
  assert.equal((await rig.ask(A)).explanation, NETWORK_ERROR);
});

play('questions that wait for the same reply are told the same', async (scene) => {
  await scene.upstream(silent);
  const rig = scene.rig('forward . to {\n read_timeout 50ms\n}');
  const all = await Promise.all(rig.askAll([A, A, A]));
  assert.deepEqual(
    all.map(({ explanation }) => explanation),
    [NO_REACHABLE_AUTHORITY, NO_REACHABLE_AUTHORITY, NO_REACHABLE_AUTHORITY],
  );
});

play('an answer of the second upstream needs no explanation', async (scene) => {
  await scene.upstream(silent);
  await scene.upstream(answering('192.0.2.2'));
  const rig = scene.rig('forward . to {\n policy sequential\n read_timeout 50ms\n}');
  const { explanation, decoded } = await rig.ask(A);
  assert.deepEqual(decoded?.answer, ['www.example.test. 60 IN A 192.0.2.2']);
  assert.equal(explanation, 0);
});

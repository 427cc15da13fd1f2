import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { afterEach, describe, it } from 'node:test';
import { missingExecutable } from '#loadtest/peers/executable.ts';
import { programsFor, SHOAL } from './programs.ts';

const VARIABLE = 'SHOAL_PEER_COREDNS';
const was = process.env[VARIABLE];

describe('programs', () => {
  afterEach(() => {
    if (was === undefined) delete process.env[VARIABLE];
    else process.env[VARIABLE] = was;
  });

  it('are Shoal alone, which is there', () => {
    assert.deepEqual(programsFor('nobody'), [SHOAL]);
    assert.ok(existsSync(SHOAL.path) && existsSync(SHOAL.args[0]));
  });

  it('are Shoal and the rival that the environment names', { skip: missingExecutable('taskset') ?? false }, () => {
    process.env[VARIABLE] = process.execPath;
    assert.deepEqual(programsFor('coredns'), [SHOAL, { name: 'coredns', path: process.execPath, args: [] }]);
  });

  it('cannot be had when it names none', () => {
    delete process.env[VARIABLE];
    assert.throws(() => programsFor('coredns'), /coredns: SHOAL_PEER_COREDNS names no program/);
  });
});

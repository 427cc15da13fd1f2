import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { decodeName } from '#wire/name.ts';
import type { Probed } from '../chain/handler.ts';
import { ThreadProbes } from './probes.ts';

const PATH = '. 192.0.2.1:53';

/** An upstream that answers when told to. */
class Upstream implements Probed {
  readonly names: string[] = [];
  answer: (answered: boolean) => void = () => assert.fail('not probed');

  probe(name: Uint8Array, done: (answered: boolean) => void): void {
    this.names.push(decodeName(name));
    this.answer = done;
  }
}

/** Probes of a thread that counts its turns. */
function open() {
  const turns = { open: 0, begun: 0 };
  const reports: [string, boolean][] = [];
  const turn = {
    begin: () => {
      turns.open++;
      turns.begun++;
    },
    end: () => void turns.open--,
  };
  const probes = new ThreadProbes(turn, (name, answered) => reports.push([name, answered]));
  return { probes, reports, turns };
}

describe('ThreadProbes', () => {
  test('an order goes to the upstream of the path, within a turn, and its end is reported', () => {
    const { probes, reports, turns } = open();
    const [upstream, other] = [new Upstream(), new Upstream()];
    probes.add(PATH, upstream);
    probes.add('example.org. 192.0.2.1:53', other);
    probes.send(PATH, '1.2.');
    assert.deepEqual(upstream.names, ['1.2.']);
    assert.deepEqual(other.names, []);
    assert.deepEqual(reports, []);
    upstream.answer(true);
    assert.deepEqual(reports, [['1.2.', true]]);
    assert.deepEqual(turns, { open: 0, begun: 1 });
  });

  test('the latest upstream of a path is asked, and the former one when that has gone', () => {
    const { probes } = open();
    const [former, latest] = [new Upstream(), new Upstream()];
    probes.add(PATH, former);
    probes.add(PATH, latest);
    probes.send(PATH, '1.2.');
    probes.remove(PATH, latest);
    probes.send(PATH, '3.2.');
    assert.deepEqual([former.names, latest.names], [['3.2.'], ['1.2.']]);
  });

  test('an order for a path that is not there is answered at once', () => {
    const { probes, reports } = open();
    const upstream = new Upstream();
    probes.remove(PATH, upstream);
    probes.add(PATH, upstream);
    probes.remove(PATH, upstream);
    probes.send(PATH, '1.2.');
    assert.deepEqual(reports, [['1.2.', false]]);
  });

  test('a turn ends whatever happens in it', () => {
    const { probes, turns } = open();
    probes.add(PATH, {
      probe: () => {
        throw new Error('a bug');
      },
    });
    assert.throws(() => probes.send(PATH, '1.2.'), /a bug/);
    assert.equal(turns.open, 0);
  });
});

// A source against a fake API server: lists, watches, and everything that goes wrong with them (spec C2, C3).

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Kind } from '../objects/object.ts';
import type { SeenRequest } from '../testing/api/requests.ts';
import { until } from '../testing/folder.ts';
import { plainNamespace, plainPod, plainService, plainSlice } from '../testing/objects.ts';
import { LITTLE, service, servicesAre, statsOf, type World, watching, worldOf } from './testing/world.ts';

const ALL = { slices: true, pods: true, imports: false };
const TWO = [service('a'), service('b')];

/** Requests for services, as words: `stream`, `list 0`, `continue`, `watch 1002`. */
function asked({ api }: World): string[] {
  return api.requests.filter(({ resource }) => resource === 'services').map(word);
}

function word({ verb, query, streaming }: SeenRequest): string {
  if (streaming) return 'stream';
  if (query.has('continue')) return 'continue';
  return `${verb} ${query.get('resourceVersion') ?? ''}`.trim();
}

for (const protobuf of [false, true])
  describe(`a list and a watch, ${protobuf ? 'protobuf' : 'JSON'}`, () => {
    const source = { protobuf };
    it('a streaming list becomes the watch', async (context) => {
      const world = await worldOf(context, { source, objects: TWO });
      world.source.start(LITTLE);
      await watching(world);
      await servicesAre(world, 'a', 'b');
      world.api.put(service('c'));
      world.api.put(service('a', '2'));
      world.api.delete('Service', 'default', 'b');
      await servicesAre(world, 'a v=2', 'c');
      assert.deepEqual(asked(world), ['stream']);
      assert.deepEqual(
        world.sink.calls.filter((call) => call.includes('Service')),
        ['mark Service', 'sweep Service 0', 'synced Service 1002'],
      );
      assert.equal(world.sink.versions.get('Service'), '1005');
    });

    it('asks as the reference does', async (context) => {
      const world = await worldOf(context, { source, labels: 'app=web', namespaceLabels: 'team' });
      world.source.start(ALL);
      await until('four watches', () => world.api.watches().length === 4);
      const of = (resource: string): Record<string, string> => {
        const { query, headers } = world.api.requests.find((request) => request.resource === resource)!;
        assert.match(String(headers['user-agent']), /^shoal\//);
        const { timeoutSeconds, ...rest } = Object.fromEntries(query);
        assert.ok(Number(timeoutSeconds) >= 300 && Number(timeoutSeconds) < 600, timeoutSeconds);
        return rest;
      };
      const stream = {
        watch: 'true',
        sendInitialEvents: 'true',
        resourceVersionMatch: 'NotOlderThan',
        allowWatchBookmarks: 'true',
      };
      assert.deepEqual(of('services'), { labelSelector: 'app=web', ...stream });
      assert.deepEqual(of('endpointslices'), { labelSelector: 'app=web', ...stream });
      assert.deepEqual(of('namespaces'), { labelSelector: 'team', ...stream });
      assert.deepEqual(of('pods'), {
        labelSelector: 'app=web',
        fieldSelector: 'status.phase!=Succeeded,status.phase!=Failed,status.phase!=Unknown',
        ...stream,
      });
    });

    it('selectors are the server’s work: what does not match any more is gone', async (context) => {
      const world = await worldOf(context, { source, labels: 'v=1', objects: [service('a', '1'), service('b', '2')] });
      world.source.start(LITTLE);
      await servicesAre(world, 'a v=1');
      world.api.put(service('a', '2'));
      world.api.put(service('b', '1'));
      await servicesAre(world, 'b v=1');
    });

    it('every kind', async (context) => {
      const objects = [plainNamespace('prod'), service('a'), plainSlice('a', ['10.1.0.1']), plainPod('p', '10.1.0.1')];
      const world = await worldOf(context, { source, objects });
      world.source.start(ALL);
      const kinds: Kind[] = ['Namespace', 'Service', 'EndpointSlice', 'Pod'];
      await until('everything', () => kinds.every((kind) => world.sink.versions.has(kind)));
      assert.deepEqual([...world.sink.objects.keys()].sort(), [
        'EndpointSlice default/a-abcde',
        'Namespace prod',
        'Pod default/p',
        'Service default/a',
      ]);
    });

    it('an object that cannot be read is told once and has no names', async (context) => {
      const world = await worldOf(context, { source, objects: [service('a'), plainService('b', { ip: 'x' })] });
      world.source.start(LITTLE);
      await servicesAre(world, 'a');
      world.api.put(plainService('a', { ip: 'y' }));
      await servicesAre(world);
      world.api.put(service('b'));
      await servicesAre(world, 'b');
      assert.deepEqual(world.sink.problems, [
        'Service default/b: spec.clusterIPs[0]: "x" is not an IP address',
        'Service default/a: spec.clusterIPs[0]: "y" is not an IP address',
      ]);
      assert.equal(statsOf(world.source).decodeErrors, 2);
    });

    it('a list that comes slowly and in small pieces', async (context) => {
      const world = await worldOf(context, { source, objects: TWO });
      world.api.faults.slow(7, 0, { resource: 'services' });
      world.source.start(LITTLE);
      await servicesAre(world, 'a', 'b');
      world.api.put(service('c'));
      await servicesAre(world, 'a', 'b', 'c');
    });

    it('a large list is published in batches', async (context) => {
      const objects = Array.from({ length: 1200 }, (_, index) => service(`s${index}`));
      const world = await worldOf(context, { source, objects });
      world.source.start(LITTLE);
      await until('1200 services', () => world.sink.count('Service') === 1200);
      assert.ok(
        world.sink.batches.every((size) => size <= 64),
        world.sink.batches.join(),
      );
      assert.ok(world.sink.batches.length < 30, world.sink.batches.join());
    });
  });

describe('a server that does not stream lists', () => {
  for (const refusal of ['invalid', 'badRequest'] as const)
    it(`${refusal}: pages, then a watch; it is not asked again`, async (context) => {
      const objects = Array.from({ length: 1001 }, (_, index) => service(`s${index}`));
      const world = await worldOf(context, { objects, server: { watchCache: false } });
      world.api.faults.noStreamingList = refusal;
      world.source.start(LITTLE);
      await watching(world);
      assert.equal(world.sink.count('Service'), 1001);
      assert.deepEqual(asked(world), ['stream', 'list 0', 'continue', 'continue', 'watch 2001']);
      world.api.compact();
      world.api.failWatches();
      await until('a new list', () => asked(world).length === 9);
      assert.deepEqual(asked(world).slice(5), ['list', 'continue', 'continue', 'watch 2001']);
    });

  it('that cannot do it says so within the stream', async (context) => {
    const world = await worldOf(context, { objects: TWO });
    world.api.faults.noStreamingList = 'event';
    world.source.start(LITTLE);
    await watching(world);
    assert.deepEqual(asked(world), ['stream', 'list 0', 'watch 1002']);
    assert.deepEqual(world.sink.problems, []);
  });

  it('a watch cache answers with everything at once', async (context) => {
    const objects = Array.from({ length: 1001 }, (_, index) => service(`s${index}`));
    const world = await worldOf(context, { objects });
    world.api.faults.noStreamingList = true;
    world.source.start(LITTLE);
    await watching(world);
    assert.deepEqual(asked(world), ['stream', 'list 0', 'watch 2001']);
    assert.ok(world.sink.batches.every((size) => size <= 64));
  });

  it('pages that expire while they are read are read as one', async (context) => {
    const objects = Array.from({ length: 1001 }, (_, index) => service(`s${index}`));
    const world = await worldOf(context, { objects, server: { watchCache: false } });
    world.api.faults.noStreamingList = true;
    const lift = world.api.faults.delay(50, { resource: 'services', verb: 'list' });
    world.source.start(LITTLE);
    await world.api.waitFor('the second page', (requests) => requests.some(({ query }) => query.has('continue')));
    world.api.put(service('new'));
    world.api.compact();
    lift();
    await watching(world);
    assert.equal(world.sink.count('Service'), 1002);
    assert.deepEqual(asked(world).slice(0, 4), ['stream', 'list 0', 'continue', 'list']);
    assert.deepEqual(world.sink.problems, []);
  });
});

describe('a watch that ends', () => {
  it('after its time: resumed where it was', async (context) => {
    const world = await worldOf(context, { objects: TWO });
    world.source.start(LITTLE);
    await watching(world);
    world.api.endWatches();
    world.api.put(service('c'));
    await servicesAre(world, 'a', 'b', 'c');
    world.api.put(service('d'));
    await servicesAre(world, 'a', 'b', 'c', 'd');
    assert.deepEqual(asked(world), ['stream', 'watch 1002']);
    assert.equal(statsOf(world.source).watchRestarts, 1);
    assert.deepEqual(world.sink.problems, []);
  });

  it('a bookmark moves the place where it is resumed', async (context) => {
    const world = await worldOf(context, { objects: TWO });
    world.source.start(LITTLE);
    await watching(world);
    world.api.state.advance(1502);
    world.api.bookmark();
    await until('the bookmark', () => world.sink.versions.get('Service') === '1502');
    world.api.closeConnections();
    await until('a second watch', () => asked(world)[1] === 'watch 1502');
  });

  it('with its connection: changes of the meantime are not lost', async (context) => {
    const world = await worldOf(context, { objects: TWO });
    world.source.start(LITTLE);
    await watching(world);
    await world.api.stop();
    world.api.put(service('c'));
    world.api.delete('Service', 'default', 'a');
    await until('a refused connection', () => statsOf(world.source).failures > 0);
    await world.api.restart();
    await servicesAre(world, 'b', 'c');
    assert.deepEqual(asked(world), ['stream', 'watch 1002']);
    assert.deepEqual(world.sink.problems, []);
  });

  it('because its history is forgotten: listed anew as a difference', async (context) => {
    const world = await worldOf(context, { objects: TWO });
    world.source.start(LITTLE);
    await watching(world);
    await world.api.stop();
    world.api.put(service('c'));
    world.api.delete('Service', 'default', 'a');
    world.api.compact();
    await world.api.restart();
    await servicesAre(world, 'b', 'c');
    assert.equal(asked(world).filter((request) => request === 'stream').length, 2);
    assert.deepEqual(world.sink.calls.filter((call) => /Service/.test(call)).slice(-3), [
      'mark Service',
      'sweep Service 1',
      'synced Service 1004',
    ]);
    assert.equal(statsOf(world.source).lists.expired, 1);
    assert.deepEqual(world.sink.problems, []);
  });

  it('with an ERROR event 410', async (context) => {
    const world = await worldOf(context, { objects: TWO });
    world.source.start(LITTLE);
    await watching(world);
    world.api.failWatches();
    await until('a second list', () => asked(world).length === 2);
    assert.deepEqual(asked(world), ['stream', 'stream']);
  });

  it('silently: nothing comes any more, not even bookmarks', async (context) => {
    const world = await worldOf(context, { objects: TWO, source: { idleTimeout: 150 } });
    world.source.start(LITTLE);
    await watching(world);
    const lift = world.api.faults.stall({ resource: 'services', verb: 'watch' });
    lift();
    world.api.put(service('c'));
    await servicesAre(world, 'a', 'b', 'c');
    assert.deepEqual(asked(world).slice(0, 2), ['stream', 'watch 1002']);
    assert.ok(statsOf(world.source).stalls >= 1);
    assert.deepEqual(world.sink.problems, []);
  });

  it('not, though its time is over: taken for dead and resumed', async (context) => {
    const world = await worldOf(context, { objects: TWO, source: { watchSeconds: 0.5, watchSlack: 50 } });
    world.source.start(LITTLE);
    await watching(world);
    world.api.faults.stall({ resource: 'services', verb: 'watch' })();
    await until('a second watch', () => asked(world)[1] === 'watch 1002');
    assert.deepEqual(world.sink.problems, []);
  });

  it('with something that is no event: resumed after the last event', async (context) => {
    const world = await worldOf(context, { objects: TWO });
    world.source.start(LITTLE);
    await watching(world);
    world.api.put(service('c'));
    world.api.inject('{"type":"ADDED","obj\n', { resource: 'services' });
    await until('a problem', () => world.sink.problems.length > 0);
    await until('a watch', () => asked(world)[1] === 'watch 1003');
    assert.match(world.sink.problems[0], /^Failed to watch \*v1\.Service: .*is not JSON/);
    await servicesAre(world, 'a', 'b', 'c');
  });

  it('at the same place again and again: a new list', async (context) => {
    const world = await worldOf(context, { objects: TWO });
    world.source.start(LITTLE);
    await watching(world);
    world.api.faults.garbage('garbage\n', { resource: 'services', verb: 'watch', times: 3 });
    world.api.endWatches({ resource: 'services' });
    await until('a new list', () => statsOf(world.source).lists.broken === 1);
    await until('its request', () => asked(world).length === 5);
    assert.deepEqual(asked(world), ['stream', 'watch 1002', 'watch 1002', 'watch 1002', 'stream']);
    assert.equal(world.sink.problems.length, 1);
  });
});

describe('a list that does not come to its end', () => {
  it('takes nothing away', async (context) => {
    const world = await worldOf(context, { objects: TWO });
    world.source.start(LITTLE);
    await servicesAre(world, 'a', 'b');
    await watching(world);
    world.api.faults.cut(300, { resource: 'services', times: 2 });
    world.api.gap(() => world.api.delete('Service', 'default', 'a'));
    world.api.failWatches(undefined, { resource: 'services' });
    await servicesAre(world, 'b');
    assert.deepEqual(asked(world), ['stream', 'stream', 'stream', 'stream']);
    assert.equal(world.sink.calls.filter((call) => call.startsWith('sweep Service')).length, 2);
    assert.equal(world.sink.problems.length, 1);
  });

  it('streams that never say their end: pages', async (context) => {
    const world = await worldOf(context, { objects: TWO, source: { idleTimeout: 50 } });
    world.api.faults.noBookmarks = true;
    world.source.start(LITTLE);
    await servicesAre(world, 'a', 'b');
    await until('a watch', () => asked(world).some((request) => request === 'watch 1002'));
    assert.deepEqual(asked(world).slice(0, 5), ['stream', 'stream', 'stream', 'list 0', 'watch 1002']);
    assert.match(world.sink.problems[0], /^Failed to watch: failed to list \*v1\.\w+: /);
  });
});

describe('refusals', () => {
  it('of one kind hinder no other; told once, with the words of the reference', async (context) => {
    const world = await worldOf(context, { objects: [...TWO, plainSlice('a', ['10.1.0.1'])] });
    const lift = world.api.faults.deny('endpointslices');
    world.source.start({ ...LITTLE, slices: true });
    await servicesAre(world, 'a', 'b');
    await until('many failures', () => statsOf(world.source, 'EndpointSlice').failures > 3);
    assert.equal(world.sink.problems.length, 1);
    const [line] = world.sink.problems;
    assert.ok(
      line.startsWith(
        'Failed to watch: failed to list *v1.EndpointSlice: endpointslices.discovery.k8s.io is forbidden: ' +
          'User "system:serviceaccount:kube-system:coredns" cannot list resource "endpointslices" in API group ' +
          '"discovery.k8s.io" at the cluster scope',
      ),
      line,
    );
    lift();
    await until('the slice', () => world.sink.count('EndpointSlice') === 1);
    assert.equal(statsOf(world.source, 'EndpointSlice').synced, true);
  });

  it('of watches only: what is listed is known', async (context) => {
    const world = await worldOf(context, { objects: TWO });
    world.api.faults.deny('services', 'watch');
    world.source.start(LITTLE);
    await servicesAre(world, 'a', 'b');
    await until('a problem', () => world.sink.problems.length > 0);
    assert.match(
      world.sink.problems[0],
      /^Failed to watch \*v1\.Service: services is forbidden: .* cannot watch resource/,
    );
  });

  it('a server that is not there is no news', async (context) => {
    const world = await worldOf(context, { objects: TWO });
    await world.api.stop();
    world.source.start(LITTLE);
    await until('failures', () => statsOf(world.source).failures > 2);
    assert.deepEqual(world.sink.problems, []);
    await world.api.restart();
    await servicesAre(world, 'a', 'b');
  });

  it('as soon as one kind has reached the server, the others try too', async (context) => {
    const world = await worldOf(context, { objects: TWO, source: { backoff: { first: 60_000, longest: 60_000 } } });
    await world.api.stop();
    world.source.start(LITTLE);
    await until('two failures', () => world.source.stats().every(({ failures }) => failures > 0));
    await world.api.restart();
    world.source.setNeeds({ ...LITTLE, pods: true });
    await servicesAre(world, 'a', 'b');
  });

  it('the server’s wish to be left alone is obeyed', async (context) => {
    const world = await worldOf(context, { objects: TWO });
    world.api.faults.tooMany(1, { resource: 'services', times: 1 });
    world.source.start(LITTLE);
    await servicesAre(world, 'a', 'b');
    assert.deepEqual(asked(world), ['stream', 'stream']);
  });
});

describe('a start with what is known already', () => {
  it('watches from there, and says so when the server has not refused', async (context) => {
    const world = await worldOf(context, { objects: TWO, source: { confirmAfter: 20 } });
    world.api.put(service('c'));
    world.source.start(LITTLE, new Map<Kind, string>([['Service', '1002']]));
    await servicesAre(world, 'c');
    assert.deepEqual(asked(world), ['watch 1002']);
    assert.deepEqual(
      world.sink.calls.filter((call) => call.includes('Service')),
      ['synced Service 1002'],
    );
  });

  it('nothing has changed: known to be so after a moment', async (context) => {
    const world = await worldOf(context, { objects: TWO, source: { confirmAfter: 20 } });
    world.source.start(LITTLE, new Map<Kind, string>([['Service', '1002']]));
    await until('synced', () => world.sink.calls.includes('synced Service 1002'));
  });

  it('the server has forgotten it: a list', async (context) => {
    const world = await worldOf(context, { objects: TWO });
    world.api.compact();
    world.source.start(LITTLE, new Map<Kind, string>([['Service', '900']]));
    await servicesAre(world, 'a', 'b');
    assert.deepEqual(asked(world), ['watch 900', 'stream']);
    assert.deepEqual(
      world.sink.calls.filter((call) => call.includes('Service')),
      ['mark Service', 'sweep Service 0', 'synced Service 1002'],
    );
  });
});

describe('needs', () => {
  it('kinds come and go', async (context) => {
    const world = await worldOf(context, { objects: [...TWO, plainPod('p', '10.1.0.1')] });
    world.source.start(LITTLE);
    await servicesAre(world, 'a', 'b');
    world.source.setNeeds({ ...LITTLE, pods: true });
    await until('a pod', () => world.sink.count('Pod') === 1);
    world.source.setNeeds(LITTLE);
    await until('no pod', () => world.sink.count('Pod') === 0);
    assert.equal(world.api.watches('pods').length, 0);
    assert.deepEqual(
      world.source.stats().map(({ kind }) => kind),
      ['Namespace', 'Service'],
    );
    world.source.setNeeds({ ...LITTLE, pods: true });
    await until('a pod again', () => world.sink.count('Pod') === 1);
  });

  it('nothing is asked after the end', async (context) => {
    const world = await worldOf(context, { objects: TWO });
    world.source.start(LITTLE);
    await watching(world);
    await world.source.close();
    world.source.setNeeds(ALL);
    await until('no watch', () => world.api.watches().length === 0);
    const { length } = world.api.requests;
    world.api.put(service('c'));
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(world.api.requests.length, length);
    assert.deepEqual(world.sink.names('Service'), ['default/a', 'default/b']);
  });
});

// A folder of manifests as a source: first state, changes, mistakes. The file system is the real one.

import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { ManifestError } from '../errors.ts';
import { textOf } from '../objects/address.ts';
import { describeId, idOf } from '../objects/object.ts';
import type { SourceSink } from '../source.ts';
import type { StoreEvent } from '../store/store.ts';
import { TestFolder, until } from '../testing/folder.ts';
import { plainImport, plainImportSlice, plainNamespace, plainService, plainSlice } from '../testing/objects.ts';
import { ManifestSource } from './source.ts';

const service = (name: string, ip = '10.96.0.20'): object => plainService(name, { ip });

/** The state that the events lead to. */
class Sink implements SourceSink {
  readonly objects = new Map<string, string>();
  readonly problems: string[] = [];
  batches = 0;

  apply(events: readonly StoreEvent[]): void {
    this.batches++;
    for (const event of events) {
      if (event.action === 'delete') this.objects.delete(describeId(event.id));
      else this.objects.set(describeId(idOf(event.object)), show(event));
    }
  }

  problem(line: string): void {
    this.problems.push(line);
  }

  get names(): string[] {
    return [...this.objects.keys()].sort();
  }
}

function show(event: StoreEvent): string {
  if (event.action === 'delete' || event.object.kind !== 'Service') return '';
  return event.object.addresses.map((address) => textOf(address)).join(' ');
}

async function opened(
  context: TestContext,
  path: string,
  pollInterval = 60_000,
): Promise<{ sink: Sink; source: ManifestSource }> {
  const sink = new Sink();
  const source = new ManifestSource(path, sink, pollInterval);
  context.after(() => source.close());
  source.watch(await source.load());
  return { sink, source };
}

describe('ManifestSource', () => {
  it('reads what is there', async (context) => {
    const folder = new TestFolder(context);
    folder.write('ns.json', plainNamespace('default'));
    folder.write('app/web.json', { kind: 'List', items: [service('web'), plainSlice('web', ['10.1.0.1'])] });
    const { sink } = await opened(context, folder.path);
    assert.deepEqual(sink.names, ['EndpointSlice default/web-abcde', 'Namespace default', 'Service default/web']);
  });

  it('a slice of an import is one beside what else it is, as long as its labels say so', async (context) => {
    const folder = new TestFolder(context);
    const labels = { 'kubernetes.io/service-name': 'web' };
    folder.write('slice.json', plainImportSlice('db', 'east', ['10.1.0.1'], { name: 's', labels }));
    folder.write('import.json', plainImport('db'));
    const { sink } = await opened(context, folder.path, 20);
    assert.deepEqual(sink.names, ['EndpointSlice default/s', 'ImportSlice default/s', 'ServiceImport default/db']);
    folder.write('slice.json', plainSlice('web', ['10.1.0.1'], { name: 's' }));
    await until('the slice to leave its import', () => !sink.names.includes('ImportSlice default/s'));
    assert.deepEqual(sink.names, ['EndpointSlice default/s', 'ServiceImport default/db']);
  });

  it('reads one file', async (context) => {
    const folder = new TestFolder(context);
    folder.write('cluster', service('web'));
    const { sink } = await opened(context, folder.at('cluster'));
    folder.write('cluster', service('db'));
    await until('the new service', () => sink.names.includes('Service default/db'));
    assert.deepEqual(sink.names, ['Service default/db']);
  });

  it('follows files that come, change and go', async (context) => {
    const folder = new TestFolder(context);
    folder.write('a.json', service('a'));
    const { sink } = await opened(context, folder.path);
    folder.write('b.json', service('b'));
    await until('b', () => sink.objects.has('Service default/b'));
    folder.write('a.json', service('a', '10.96.0.99'));
    await until('the change of a', () => sink.objects.get('Service default/a') === '10.96.0.99');
    folder.write('a.json', service('c'));
    await until(
      'c in place of a',
      () => sink.objects.has('Service default/c') && !sink.objects.has('Service default/a'),
    );
    folder.remove('b.json');
    await until('the end of b', () => !sink.objects.has('Service default/b'));
    assert.deepEqual(sink.problems, []);
  });

  it('follows folders that come and go', async (context) => {
    const folder = new TestFolder(context);
    folder.write('a.json', service('a'));
    const { sink } = await opened(context, folder.path);
    folder.write('deep/er/b.json', service('b'));
    await until('b', () => sink.objects.has('Service default/b'));
    folder.write('deep/er/c.json', service('c'));
    await until('c', () => sink.objects.has('Service default/c'));
    folder.remove('deep');
    await until('the end of b and c', () => sink.names.length === 1);
  });

  it('follows the links of a mounted ConfigMap', async (context) => {
    const folder = new TestFolder(context);
    folder.write('..1/web.json', service('web', '10.96.0.1'));
    folder.link('..1', '..data');
    folder.link('..data/web.json', 'web.json');
    const { sink } = await opened(context, folder.path);
    folder.write('..2/web.json', service('web', '10.96.0.2'));
    folder.link('..2', '..data');
    await until('the second version', () => sink.objects.get('Service default/web') === '10.96.0.2');
  });

  it('sees changes that the system does not tell of when it polls', async (context) => {
    const folder = new TestFolder(context);
    folder.write('data/web.json', service('web', '10.96.0.1'));
    folder.link('data/web.json', 'web.json');
    const { sink } = await opened(context, folder.at('web.json'), 20);
    folder.write('data/web.json', service('web', '10.96.0.2'));
    await until('the change', () => sink.objects.get('Service default/web') === '10.96.0.2');
  });

  it('of several files with the same object the last counts, and the others stand in for it', async (context) => {
    const folder = new TestFolder(context);
    folder.write('a.json', service('web', '10.96.0.1'));
    folder.write('b.json', service('web', '10.96.0.2'));
    const { sink } = await opened(context, folder.path);
    const address = (): string | undefined => sink.objects.get('Service default/web');
    assert.equal(address(), '10.96.0.2');
    assert.deepEqual(sink.problems, [
      `manifests: ${folder.at('b.json')}: Service default/web is in ${folder.at('a.json')} too; that of ${folder.at('b.json')} counts`,
    ]);
    folder.write('a.json', service('web', '10.96.0.3'));
    folder.write('c.json', service('other'));
    await until('c', () => sink.objects.has('Service default/other'));
    assert.equal(address(), '10.96.0.2');
    folder.remove('b.json');
    await until('the object of a', () => address() === '10.96.0.3');
    folder.remove('a.json');
    await until('the end', () => address() === undefined);
  });

  it('keeps the last good state of a file that is broken, and says so once', async (context) => {
    const folder = new TestFolder(context);
    folder.write('a.json', service('a'));
    folder.write('b.json', service('b'));
    const { sink } = await opened(context, folder.path, 20);
    folder.write('a.json', '{"apiVersion":"v1","kind":"Service","metadata":{"name":"a"},"spec":{"clusterIP":"x"}}');
    await until('the problem', () => sink.problems.length > 0);
    folder.write('b.json', service('c'));
    await until('c', () => sink.objects.has('Service default/c'));
    assert.deepEqual(sink.names, ['Service default/a', 'Service default/c']);
    assert.deepEqual(sink.problems, [
      `manifests: ${folder.at('a.json')}: document 1 (line 1): Service default/a: spec.clusterIP: "x" is not an IP address`,
    ]);
    folder.write('a.json', service('a', '10.96.0.77'));
    await until('the mended file', () => sink.objects.get('Service default/a') === '10.96.0.77');
  });

  it('keeps everything when the path itself goes, and says so once', async (context) => {
    const folder = new TestFolder(context);
    folder.write('all/a.json', service('a'));
    const { sink } = await opened(context, folder.at('all'), 20);
    folder.remove('all');
    await until('the problem', () => sink.problems.length > 0);
    folder.write('all/b.json', service('b'));
    await until('b', () => sink.objects.has('Service default/b'));
    assert.deepEqual(sink.names, ['Service default/b']);
    assert.ok(
      sink.problems.every((line) => line === `manifests: ${folder.at('all')}: no such file or directory`),
      sink.problems.join('\n'),
    );
  });

  const starts: { name: string; files: Record<string, string>; path: string; message: RegExp }[] = [
    {
      name: 'a path that is not there',
      files: {},
      path: 'nothing',
      message: /^manifests: .*\/nothing: no such file or directory$/,
    },
    {
      name: 'a broken file',
      files: { 'a.json': '{"kind":"List","items":[]}', 'b/c.yaml': 'kind: Service\nmetadata: [\n' },
      path: '.',
      message: /^manifests: .*b\/c\.yaml: document 1 \(line 1\): [^\n]+$/,
    },
  ];
  for (const { name, files, path, message } of starts) {
    it(`does not start with ${name}`, async (context) => {
      const folder = new TestFolder(context);
      for (const [file, content] of Object.entries(files)) folder.write(file, content);
      const source = new ManifestSource(folder.at(path), new Sink());
      await assert.rejects(source.load(), (error: unknown) => {
        assert.ok(error instanceof ManifestError);
        assert.match(error.message, message);
        return true;
      });
    });
  }
});

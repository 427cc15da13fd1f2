// What start.ts does: the fake API server by hand, with the objects of manifests. Cold.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { PROTOBUF_ENCODER } from '../protobuf.ts';
import { readManifests } from './manifests.ts';
import { FakeApi } from './server.ts';

const HELP = `Serves Kubernetes objects of manifests as an API server does, for trying things out.

  node k8s-watcher/testing/api/start.ts [options] FILE|FOLDER…

  --port N         listen on 127.0.0.1:N; any free port when left out
  --token TOKEN    ask for this bearer token
  --no-streaming   refuse streaming lists, as older servers do
  --bookmarks S    seconds between bookmarks; 60 when left out
  --help

Namespaces, Services, Pods, EndpointSlices and ServiceImports of YAML, JSON and JSON lines are served; others are left out.
Change them while it runs:

  curl -X DELETE  URL/api/v1/namespaces/default/services/web
  curl -X PATCH   URL/api/v1/namespaces/default/services/web -d '{"metadata": {"labels": {"a": "b"}}}'
  curl -X POST    URL/api/v1/namespaces/default/services -d @service.json
`;

const OPTIONS = {
  port: { type: 'string', default: '0' },
  token: { type: 'string' },
  'no-streaming': { type: 'boolean', default: false },
  bookmarks: { type: 'string', default: '60' },
  help: { type: 'boolean', default: false },
} as const;

/** A whole number of a flag. Throws Error naming it. */
function numberOf(flag: string, text: string, most: number): number {
  const number = Number(text);
  if (/^\d+$/.test(text) && number <= most) return number;
  throw new Error(`--${flag} ${text}: it is a whole number up to ${most}`);
}

/** JSON is YAML: one user, one cluster. */
function kubeconfig(url: string, token: string | undefined): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'fake', cluster: { server: url } }],
    users: [{ name: 'fake', user: token === undefined ? {} : { token } }],
    contexts: [{ name: 'fake', context: { cluster: 'fake', user: 'fake' } }],
    'current-context': 'fake',
  });
}

/** A server by hand. */
export interface Running {
  readonly api: FakeApi;
  readonly kubeconfig: string;
  close(): Promise<void>;
}

/** Serves what the arguments say; undefined when they ask for help, or for nothing. `say` gets lines. Throws Error for the operator to read. */
export async function serveByHand(args: readonly string[], say: (text: string) => void): Promise<Running | undefined> {
  const { values, positionals } = parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true });
  if (values.help || positionals.length === 0) {
    say(HELP);
    return undefined;
  }
  const { objects, others } = await readManifests(positionals);
  const api = await FakeApi.start({
    port: numberOf('port', values.port, 65_535),
    encoders: [PROTOBUF_ENCODER],
    bookmarkEvery: Math.max(1, numberOf('bookmarks', values.bookmarks, 86_400)) * 1000,
    ...(values.token === undefined ? {} : { tokens: [values.token] }),
  });
  api.faults.noStreamingList = values['no-streaming'];
  api.load(objects);
  for (const [kind, count] of others) say(`left out: ${count} of kind ${kind}\n`);
  const running = withKubeconfig(api, values.token);
  say(`${objects.length} objects at ${api.url}\nkubeconfig ${running.kubeconfig}\n`);
  return running;
}

/** The file goes with the server. */
function withKubeconfig(api: FakeApi, token: string | undefined): Running {
  const folder = mkdtempSync(join(tmpdir(), 'shoal-api-'));
  const file = join(folder, 'kubeconfig');
  writeFileSync(file, kubeconfig(api.url, token), { mode: 0o600 });
  const close = (): Promise<void> => {
    rmSync(folder, { recursive: true, force: true });
    return api.close();
  };
  return { api, kubeconfig: file, close };
}

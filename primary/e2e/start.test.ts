// A server that cannot start says why in one line and leaves with 1; one that can does what the flags say (spec A5–A7).

import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { freePort, runToEnd, type ServerOptions, TestServer, until } from './harness.ts';
import { get } from './http.ts';
import { rcodeOf } from './load.ts';

const REFUSED = 5;

/** A block that serves: what is wrong stands elsewhere. */
const FINE = '.:{PORT} {\n  whoami\n}\n';
const KUBERNETES = '.:{PORT} {\n  kubernetes cluster.local\n}\n';

interface Failure extends ServerOptions {
  readonly name: string;
  /** What the line on stderr says, whole; FOLDER and PORT stand for those of the server. */
  readonly says: RegExp;
}

const failures: readonly Failure[] = [
  {
    name: 'a Corefile that is not there',
    flags: ['-conf', '{FOLDER}/nothing'],
    says: /^loading Caddyfile via flag: open FOLDER\/nothing: no such file or directory\n$/,
  },
  {
    name: 'a folder in the place of the Corefile',
    flags: ['-conf', '{FOLDER}'],
    says: /^loading Caddyfile via flag: \w+ FOLDER: is a directory\n$/,
  },
  {
    name: 'a stray closing brace',
    corefile: '. {\n  whoami }\n}\n',
    says: /^FOLDER\/Corefile:2 - Error during parsing: Unexpected '}' because no matching opening brace\n$/,
  },
  {
    name: 'a block that does not end',
    corefile: '. {\n  whoami\n',
    says: /^FOLDER\/Corefile:2 - Syntax error: Unexpected token 'whoami', expecting '}'\n$/,
  },
  {
    name: 'a directive that nobody knows',
    corefile: '. {\n  whoami\n  foobar 1\n}\n',
    says: /^FOLDER\/Corefile:3 - Error during parsing: Unknown directive 'foobar'\n$/,
  },
  {
    name: 'a directive that only the reference knows',
    corefile: '. {\n  dnssec\n}\n',
    says: /^FOLDER\/Corefile:2 - Error during parsing: Directive 'dnssec' is known to CoreDNS but not supported by this version of Shoal\n$/,
  },
  {
    name: 'a property that the plugin does not know',
    corefile: '. {\n  forward . 127.0.0.1 {\n    nonsense\n  }\n}\n',
    says: /^plugin\/forward: FOLDER\/Corefile:3 - Error during parsing: unknown property 'nonsense'\n$/,
  },
  {
    name: 'a property with a bad value',
    corefile: '. {\n  forward . 127.0.0.1 {\n    policy best\n  }\n}\n',
    says: /^plugin\/forward: .*unknown policy 'best'\n$/,
  },
  {
    name: 'an address without a port for health',
    corefile: '. {\n  health foo\n}\n',
    says: /^plugin\/health: .*address foo: missing port in address\n$/,
  },
  {
    name: 'a directive twice that stands once',
    corefile: '. {\n  errors\n  errors\n}\n',
    says: /^plugin\/errors: .*this plugin can only be used once per Server Block\n$/,
  },
  {
    name: 'a zone that is served twice',
    corefile: '.:{PORT} {\n  whoami\n}\n.:{PORT} {\n  whoami\n}\n',
    says: /^cannot serve dns:\/\/\.:PORT - it is already defined\n$/,
  },
  {
    name: 'a transport that is not built',
    corefile: 'tls://.:{PORT} {\n  whoami\n}\n',
    says: /^tls:\/\/.*transport tls:\/\/ is not supported by this version of Shoal\n$/,
  },
  {
    name: 'a key without a zone',
    corefile: '.: {\n  whoami\n}\n',
    says: /^error inspecting server blocks: expecting data after last colon: "\.:"\n$/,
  },
  {
    name: 'an address to bind to that is not ours',
    corefile: '.:{PORT} {\n  bind 203.0.113.7\n  whoami\n}\n',
    says: /^Listen: listen tcp 203\.0\.113\.7:PORT: bind: cannot assign requested address\n$/,
  },
  {
    name: 'a tuning file that is not there',
    corefile: FINE,
    flags: ['-config', '{FOLDER}/nothing.yaml'],
    says: /^cannot read the tuning file: .*no such file.*\n$/,
  },
  {
    name: 'a tuning file with a key that nobody knows',
    corefile: FINE,
    files: { 'shoal.yaml': 'tcp:\n  maxConnection: 5\n' },
    flags: ['-config', '{FOLDER}/shoal.yaml'],
    says: /^FOLDER\/shoal\.yaml:2.* tcp\.maxConnection\b.*maxConnections.*\n$/,
  },
  {
    name: 'a tuning file with a value of the wrong type',
    corefile: FINE,
    files: { 'shoal.yaml': 'tcp:\n  maxConnections: many\n' },
    flags: ['-config', '{FOLDER}/shoal.yaml'],
    says: /^FOLDER\/shoal\.yaml:2.* tcp\.maxConnections: .*\n$/,
  },
  {
    name: 'a tuning variable out of range',
    corefile: FINE,
    env: { SHOAL_UDP_BATCH: '65' },
    says: /^environment variable SHOAL_UDP_BATCH - udp\.batch: .*64.*\n$/,
  },
  {
    name: 'kubernetes without a source of objects',
    corefile: KUBERNETES,
    says: /^plugin\/kubernetes: unable to load in-cluster configuration, KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT must be defined; .*kubeconfig.*endpoint.*-manifests PATH\n$/,
  },
  {
    name: 'manifests that are not there',
    corefile: KUBERNETES,
    manifests: '{FOLDER}/nothing',
    says: /^manifests: FOLDER\/nothing: no such file or directory\n$/,
  },
  {
    name: 'manifests with a document that is no YAML',
    corefile: KUBERNETES,
    files: { 'broken.yaml': 'kind: Service\nmetadata: [\n' },
    manifests: '{FOLDER}/broken.yaml',
    says: /^manifests: FOLDER\/broken\.yaml: document 1 \(line 1\): .* at line 3, column 1\n$/,
  },
  {
    name: 'manifests with a service that is none',
    corefile: KUBERNETES,
    files: {
      'broken.yaml':
        'apiVersion: v1\nkind: Service\nmetadata: { name: web, namespace: default }\nspec: { clusterIP: 10.0.0.1, ports: nine }\n',
    },
    manifests: '{FOLDER}/broken.yaml',
    says: /^manifests: FOLDER\/broken\.yaml: document 1 \(line 1\): Service default\/web: spec\.ports: "nine" is not a list\n$/,
  },
];

describe('a server that cannot start says why in one line and ends with status 1', { concurrency: 2 }, () => {
  for (const { name, says, ...options } of failures)
    it(name, async () => {
      const { status, stderr, stdout, server } = await runToEnd(options);
      assert.match(generalize(stderr, server), says);
      assert.equal(stderr.split('\n').length, 2, `one line: ${stderr}`);
      assert.equal(status, 1);
      assert.doesNotMatch(stdout, /CoreDNS-/);
    });
});

/** Folder and ports of a server replaced by their names. */
function generalize(text: string, server: TestServer): string {
  return text.replaceAll(server.folder, 'FOLDER').replaceAll(String(server.port), 'PORT');
}

describe('a port that somebody else has', () => {
  it('UDP, without SO_REUSEPORT', async () => {
    const port = await freePort();
    const holder = createSocket('udp4').bind(port).unref();
    await once(holder, 'listening');
    const { status, stderr } = await runToEnd({ corefile: `.:${port} {\n  whoami\n}\n` });
    holder.close();
    assert.equal(stderr, `ListenPacket: listen udp :${port}: bind: address already in use\n`);
    assert.equal(status, 1);
  });

  it('TCP, without SO_REUSEPORT', async () => {
    const port = await freePort();
    const holder = createServer().listen(port, '127.0.0.1').unref();
    await once(holder, 'listening');
    const { status, stderr } = await runToEnd({ corefile: `.:${port} {\n  bind 127.0.0.1\n  whoami\n}\n` });
    holder.close();
    assert.equal(stderr, `Listen: listen tcp 127.0.0.1:${port}: bind: address already in use\n`);
    assert.equal(status, 1);
  });

  it('the port of health is fatal, those of prometheus and ready are not', async () => {
    const holder = createServer().listen(0).unref();
    await once(holder, 'listening');
    const address = holder.address();
    const port = address === null || typeof address === 'string' ? 0 : address.port;
    const { status, stderr } = await runToEnd({ corefile: `.:{PORT} {\n  health :${port}\n  whoami\n}\n` });
    assert.match(stderr, new RegExp(`^(plugin/health: )?listen tcp :${port}: bind: address already in use\n$`));
    assert.equal(status, 1);
    const server = await TestServer.start({
      corefile: `.:{PORT} {\n  prometheus :${port}\n  ready :${port}\n  whoami\n}\n`,
    });
    assert.match(server.stdout, new RegExp(`\\[ERROR\\] Failed to start metrics handler: listen tcp :${port}: `));
    assert.equal(rcodeOf(await server.ask('a.test')), 0);
    holder.close();
    assert.equal(await server.stop(), 0);
  });
});

interface Command {
  readonly name: string;
  readonly flags: readonly string[];
  readonly status: number;
  readonly stdout: RegExp;
  readonly stderr: RegExp;
}

const commands: readonly Command[] = [
  {
    name: '-version prints the compatible version, platform and our own',
    flags: ['-version'],
    status: 0,
    stdout: /^CoreDNS-1\.14\.7\n\w+\/\w+, .*\n$/,
    stderr: /^$/,
  },
  {
    name: '-plugins lists the names, on at the end',
    flags: ['-plugins'],
    status: 0,
    stdout: /^acl\nany\nauto\n[\s\S]*\nkubernetes\n[\s\S]*\nwhoami\non\n/,
    stderr: /^$/,
  },
  { name: '-h prints the usage on stderr', flags: ['-h'], status: 0, stdout: /^$/, stderr: /Usage: [\s\S]*-manifests/ },
  {
    name: 'an unknown flag ends with 2',
    flags: ['-frobnicate'],
    status: 2,
    stdout: /^$/,
    stderr: /^flag provided but not defined: -frobnicate\n[\s\S]*Usage/,
  },
  {
    name: 'stray words end with 1',
    flags: ['foo', 'bar'],
    status: 1,
    stdout: /^$/,
    stderr: /^\d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d extra command line arguments: \[foo bar\]\n$/,
  },
];

describe('flags that print and leave', { concurrency: 2 }, () => {
  for (const { name, flags, status, stdout, stderr } of commands)
    it(name, async () => {
      const ending = await runToEnd({ flags });
      assert.match(ending.stdout, stdout);
      assert.match(ending.stderr, stderr);
      assert.equal(ending.status, status);
    });
});

describe('without a Corefile', { concurrency: 2 }, () => {
  const empty: readonly { name: string; options: ServerOptions }[] = [
    { name: 'the built-in one answers whoami and logs', options: {} },
    { name: 'an empty file stands for the built-in one', options: { corefile: '' } },
    { name: 'a file of comments stands for the built-in one', options: { corefile: '# nothing yet\n\n' } },
  ];
  for (const { name, options } of empty)
    it(name, async () => {
      const server = await TestServer.start({ ...options, flags: ['-dns.port', '{PORT}'] });
      assert.match(server.stdout, new RegExp(`^\\.:${server.port}$`, 'm'));
      const answer = await server.ask('who.test');
      assert.equal(answer.additionals?.[0]?.name, 'who.test');
      await server.printed(/^\[INFO\] 127\.0\.0\.1:\d+ - \d+ "A IN who\.test\. udp /m);
      assert.equal(await server.stop(), 0);
    });

  it('-conf stdin reads the pipe', async () => {
    const server = await TestServer.start({ flags: ['-conf', 'stdin'], stdin: 'piped.test:{PORT} {\n  whoami\n}\n' });
    assert.match(server.stdout, new RegExp(`^piped\\.test\\.:${server.port}$`, 'm'));
    assert.equal(rcodeOf(await server.ask('a.piped.test')), 0);
    assert.equal(await server.stop(), 0);
  });

  it('./Corefile is taken', async () => {
    const server = await TestServer.start({ files: { Corefile: 'found.test:{PORT} {\n  whoami\n}\n' } });
    assert.match(server.stdout, new RegExp(`^found\\.test\\.:${server.port}$`, 'm'));
    assert.equal(await server.stop(), 0);
  });
});

describe('a server with a pidfile, quiet, and a block without plugins', () => {
  let server: TestServer;
  before(async () => {
    server = await TestServer.spawn({
      corefile: '.:{PORT} {\n}\nfine.test:{PORT} {\n  whoami\n  ready :{PORT2}\n}\n',
      flags: ['-quiet', '-pidfile', '{FOLDER}/pid'],
    });
  });
  after(() => server.stop());

  it('answers', async () => {
    assert.equal(rcodeOf(await untilAnswered(server)), 0);
  });

  it('a block without plugins refuses everything', async () => {
    const answer = await server.ask('a.test');
    assert.equal(rcodeOf(answer), REFUSED);
    assert.deepEqual(
      answer.questions?.map(({ name }) => name),
      ['a.test'],
    );
  });

  it('-quiet leaves out zones and version', () => {
    assert.equal(server.stdout, '');
    assert.equal(server.stderr, '');
  });

  it('-pidfile holds the process id while it runs and is gone afterwards', async () => {
    // It is written once the sockets answer.
    await until(
      () => existsSync(`${server.folder}/pid`) && readFileSync(`${server.folder}/pid`, 'utf8') !== '',
      5000,
      () => 'the pidfile',
    );
    assert.equal(readFileSync(`${server.folder}/pid`, 'utf8'), `${server.pid}\n`);
    assert.equal((await get(server.ports[1], '/ready'))?.status, 200);
    server.signal('SIGTERM');
    assert.equal(await server.exit, 0);
    assert.ok(!existsSync(`${server.folder}/pid`));
  });
});

describe('a start that takes its time', { concurrency: 2 }, () => {
  it('/ready waits for the sockets where no plugin of its block keeps it waiting', async () => {
    const server = await TestServer.spawn({
      corefile: `fine.test:{PORT} {
  whoami
  ready 127.0.0.1:{PORT2}
  health 127.0.0.1:{PORT3}
}
cluster.local:{PORT} {
  kubernetes cluster.local {
    endpoint http://127.0.0.1:{PORT4}
    startup_timeout 1500ms
  }
}
`,
    });
    const ready = () => get(server.ports[1], '/ready');
    await until(
      async () => (await ready()) !== null,
      20_000,
      () => 'HTTP',
    );
    const { status, body } = (await ready()) ?? {};
    assert.deepEqual({ status, body }, { status: 503, body: 'bind' });
    assert.equal((await get(server.ports[2], '/health'))?.status, 200);
    await until(
      async () => (await ready())?.status === 200,
      20_000,
      () => 'readiness',
    );
    assert.equal(rcodeOf(await server.ask('a.fine.test', 'A', { retries: 0 })), 0);
    assert.match(server.stdout, /^\[INFO\] plugin\/ready: Plugins not ready: "bind"$/m);
    assert.equal(await server.stop(), 0);
  });

  it('a watcher thread that turns out not to be needed is ended', async () => {
    const server = await TestServer.start({
      corefile: '(unused) {\n  kubernetes cluster.local\n}\n.:{PORT} {\n  whoami\n}\n',
    });
    await until(
      () => !threadsOf(server.pid).includes('watcher'),
      5000,
      () => 'the end of the watcher thread',
    );
    assert.equal(await server.stop(), 0);
  });

  it('is cut short by a signal', async () => {
    const server = await TestServer.spawn({
      corefile: '.:{PORT} {\n  kubernetes cluster.local {\n    endpoint http://127.0.0.1:{PORT2}\n  }\n}\n',
    });
    await server.printed(/waiting for Kubernetes API/, 20_000);
    assert.ok(threadsOf(server.pid).includes('watcher'));
    server.signal('SIGTERM');
    assert.equal(await server.exit, 0);
  });
});

/** Names of the threads of a process. */
function threadsOf(pid: number): string[] {
  return readdirSync(`/proc/${pid}/task`).map((thread) =>
    readFileSync(`/proc/${pid}/task/${thread}/comm`, 'utf8').trim(),
  );
}

/** A quiet server does not say when it serves: ask until it does. */
async function untilAnswered(server: TestServer): ReturnType<TestServer['ask']> {
  for (let tries = 100; ; tries--) {
    try {
      return await server.ask('a.fine.test', 'A', { timeout: 200 });
    } catch (error) {
      if (tries === 0) throw error;
    }
  }
}

// Zone transfers from a cluster of manifests: order, IXFR, large zones and slow readers, clients that leave, changes and reloads midway.

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type Answer, type DecodedPacket, decode } from 'dns-packet';
import { encodeName } from '#wire/name.ts';
import { TestServer, until } from './harness.ts';
import { get } from './http.ts';
import { rcodeOf } from './load.ts';
import { framed } from './stream.ts';

const AXFR = 252;
const IXFR = 251;
const NOERROR = 0;
const SERVFAIL = 2;
const NXDOMAIN = 3;
const REFUSED = 5;
/** Transfers at once that a replica allows. */
const LIMIT = 16;
const SERVICES = 2000;
/** First and last SOA; an address and two SRV records a service. A server that is bound to a loopback address tells of no name server. */
const RECORDS = 2 + 3 * SERVICES;

function corefile(more = ''): string {
  return `cluster.local:{PORT} 10.in-addr.arpa:{PORT} other.test:{PORT} {
    bind 127.0.0.1
    log
    errors
    prometheus 127.0.0.1:{PORT2}
    kubernetes cluster.local 10.in-addr.arpa
    transfer cluster.local 10.in-addr.arpa {
        to *
    }
    transfer other.test {
        to 192.0.2.1
    }
    ${more}
}
`;
}

function list(services: number): string {
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } };
  const items = Array.from({ length: services }, (_, i) => service(i, `10.96.${i >> 8}.${i & 255}`));
  return JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [namespace, ...items] });
}

function service(i: number, address: string): object {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: `svc-${String(i).padStart(5, '0')}`, namespace: 'shop' },
    spec: { type: 'ClusterIP', clusterIPs: [address], ports: [{ name: 'http', port: 80, protocol: 'TCP' }] },
  };
}

/** A question, and for IXFR the SOA with the client's serial. */
function question(id: number, zone: string, type: number, serial?: number): Uint8Array {
  const header = Buffer.alloc(12);
  header.writeUInt16BE(id, 0);
  header.writeUInt16BE(1, 4);
  const name = Buffer.concat([encodeName(zone), Buffer.of(0, type, 0, 1)]);
  if (serial === undefined) return Buffer.concat([header, name]);
  header.writeUInt16BE(1, 8);
  const soa = Buffer.alloc(2 + 10 + 22);
  soa.set([0xc0, 12, 0, 6, 0, 1, 0, 0, 0, 0, 0, 22]);
  soa.writeUInt32BE(serial, 14);
  return Buffer.concat([header, name, soa]);
}

/** A client that reads when it wants to. */
class Client {
  readonly socket: Socket;
  readonly messages: DecodedPacket[] = [];
  closed = false;
  #rest: Buffer = Buffer.alloc(0);

  constructor(port: number) {
    this.socket = connect({ port, host: '127.0.0.1' });
    this.socket.on('data', (chunk: Buffer) => this.#take(chunk));
    this.socket.on('error', () => undefined);
    this.socket.on('close', () => {
      this.closed = true;
    });
  }

  #take(chunk: Buffer): void {
    this.#rest = Buffer.concat([this.#rest, chunk]);
    for (let end = this.#end(); end <= this.#rest.length; end = this.#end()) {
      this.messages.push(decode(this.#rest.subarray(2, end)));
      this.#rest = this.#rest.subarray(end);
    }
  }

  #end(): number {
    return this.#rest.length < 2 ? Number.POSITIVE_INFINITY : 2 + this.#rest.readUInt16BE(0);
  }

  send(message: Uint8Array): void {
    this.socket.write(framed(message));
  }

  /** Records of all messages with that id. */
  records(id: number): Answer[] {
    return this.messages.filter((message) => message.id === id).flatMap(({ answers = [] }) => answers);
  }

  /** Waits for the second SOA. */
  async whole(id: number): Promise<Answer[]> {
    await until(
      () => this.records(id).length > 1 && this.records(id).at(-1)?.type === 'SOA',
      10_000,
      () => `the end of the zone (${this.records(id).length} records, closed: ${this.closed})`,
    );
    return this.records(id);
  }
}

async function transferOf(port: number, zone: string): Promise<Answer[]> {
  const client = new Client(port);
  client.send(question(1, zone, AXFR));
  const records = await client.whole(1);
  client.socket.destroy();
  return records;
}

function serialOf(records: readonly Answer[]): number {
  const [soa] = records;
  return soa.type === 'SOA' ? (soa.data.serial ?? 0) : 0;
}

describe('zone transfers', () => {
  let server: TestServer;
  const clients: Client[] = [];
  const open = (): Client => {
    const client = new Client(server.port);
    clients.push(client);
    return client;
  };
  const write = (text: string): void => writeFileSync(join(server.folder, 'cluster.json'), text);
  const seen = async (pattern: RegExp): Promise<boolean> =>
    pattern.test((await get(server.ports[1], '/metrics'))?.body ?? '');

  before(async () => {
    const files = { 'cluster.json': list(SERVICES) };
    server = await TestServer.start({ corefile: corefile(), manifests: '{FOLDER}/cluster.json', files });
  });
  after(async () => {
    for (const client of clients) client.socket.destroy();
    assert.equal(await server.stop(), 0);
  });

  for (const zone of ['cluster.local', '10.in-addr.arpa'])
    it(`${zone} comes whole, in order, in several messages`, async () => {
      const client = open();
      client.send(question(1, zone, AXFR));
      const records = await client.whole(1);
      assert.ok(client.messages.length > 2, `${client.messages.length} messages`);
      assert.equal(records.length, RECORDS);
      assert.deepEqual(
        records.slice(0, 4).map(({ type, name }) => `${type} ${name}`),
        [
          `SOA ${zone}`,
          `A svc-00000.shop.svc.${zone}`,
          `SRV svc-00000.shop.svc.${zone}`,
          `SRV _http._tcp.svc-00000.shop.svc.${zone}`,
        ],
      );
      assert.ok(client.messages.every(({ flag_aa }) => flag_aa));
      await server.printed(new RegExp(`plugin/transfer: Outgoing transfer of ${RECORDS} records of zone "${zone}."`));
    });

  it('IXFR with the current serial gets the SOA alone, without AA; with another one the zone', async () => {
    const client = open();
    const serial = serialOf(await transferOf(server.port, 'cluster.local'));
    client.send(question(1, 'cluster.local', IXFR, serial));
    await until(
      () => client.messages.length === 1,
      3000,
      () => 'the SOA',
    );
    assert.deepEqual([client.records(1).length, client.messages[0].flag_aa], [1, false]);
    client.send(question(2, 'cluster.local', IXFR, serial - 1));
    assert.equal((await client.whole(2)).length, RECORDS);
  });

  const REFUSALS: readonly { readonly name: string; readonly zone: string; readonly tcp: boolean }[] = [
    { name: 'over UDP', zone: 'cluster.local', tcp: false },
    { name: 'clients that are not listed', zone: 'other.test', tcp: true },
  ];
  for (const { name, zone, tcp } of REFUSALS)
    it(`refused: ${name}`, async () => {
      assert.equal(rcodeOf(await server.ask(zone, 'AXFR', { tcp })), REFUSED);
    });

  it('a slow reader gets the zone as it was when it asked, and others are served meanwhile', async () => {
    const client = open();
    const before = await transferOf(server.port, 'cluster.local');
    // Several at once are more than the system keeps for a client that does not read.
    for (let id = 1; id <= LIMIT; id++) client.send(question(id, 'cluster.local', AXFR));
    await until(
      () => client.messages.length > 0,
      3000,
      () => 'the first message',
    );
    client.socket.pause();
    write(list(10));
    await until(
      async () => rcodeOf(await server.ask('svc-01999.shop.svc.cluster.local')) === NXDOMAIN,
      5000,
      () => 'the change',
    );
    client.socket.resume();
    for (let id = 1; id <= LIMIT; id++) assert.deepEqual(await client.whole(id), before, `transfer ${id}`);
    assert.equal((await transferOf(server.port, 'cluster.local')).length, 2 + 3 * 10);
    write(list(SERVICES));
    await until(
      async () => rcodeOf(await server.ask('svc-01999.shop.svc.cluster.local')) === NOERROR,
      5000,
      () => 'the change back',
    );
  });

  it('a reload midway does not end a transfer', async () => {
    const client = open();
    for (let id = 1; id <= LIMIT; id++) client.send(question(id, 'cluster.local', AXFR));
    await until(
      () => client.messages.length > 0,
      3000,
      () => 'the first message',
    );
    client.socket.pause();
    server.rewriteCorefile(corefile('loadbalance'));
    const from = server.stdout.length;
    server.signal('SIGUSR1');
    await until(
      () => server.stdout.slice(from).includes('Reloading complete'),
      10_000,
      () => `the reload in ${server.stdout.slice(from)}`,
    );
    client.socket.resume();
    for (let id = 1; id <= LIMIT; id++) assert.equal((await client.whole(id)).length, RECORDS, `transfer ${id}`);
  });

  it('queries of the same connection are answered between the messages of a transfer', async () => {
    const client = open();
    client.send(question(1, 'cluster.local', AXFR));
    client.send(question(2, 'svc-00001.shop.svc.cluster.local', 1));
    await client.whole(1);
    await until(
      () => client.records(2).length === 1,
      3000,
      () => 'the other answer',
    );
    const order = client.messages.map(({ id }) => id);
    assert.ok(order.indexOf(2) < order.lastIndexOf(1), `order ${order.join(' ')}`);
  });

  it('clients that leave midway make room for others, and are counted', async () => {
    for (let i = 0; i < 40; i++) {
      const client = open();
      client.send(question(1, 'cluster.local', AXFR));
      await until(
        () => client.messages.length > 0,
        3000,
        () => `the first message of client ${i}`,
      );
      client.socket.resetAndDestroy();
    }
    assert.equal((await transferOf(server.port, 'cluster.local')).length, RECORDS);
    await until(
      () => seen(/shoal_transfers_total\{[^}]*result="complete"[^}]*\} [1-9]/),
      3000,
      () => 'the counter',
    );
  });

  it('no more than 16 at once: the others get SERVFAIL', async () => {
    const client = open();
    for (let id = 1; id <= LIMIT + 4; id++) client.send(question(id, 'cluster.local', AXFR));
    for (let id = 1; id <= LIMIT; id++) assert.equal((await client.whole(id)).length, RECORDS);
    const refused = client.messages.filter(({ id = 0 }) => id > LIMIT);
    assert.deepEqual(refused.map(rcodeOf), new Array<number>(4).fill(SERVFAIL));
    assert.equal((await transferOf(server.port, 'cluster.local')).length, RECORDS);
    await until(
      () => seen(/shoal_transfers_total\{[^}]*result="busy"[^}]*\} 4\b/),
      3000,
      () => 'the counter',
    );
  });
});

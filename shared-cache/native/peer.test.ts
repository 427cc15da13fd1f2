import assert from 'node:assert/strict';
import { test } from 'node:test';
import { localText, PEER, PEER_BYTES, peerAddressAt, peerFamily, peerPort, peerText, writePeer } from './peer.ts';

const AT = 160;

function record(address: string, port: number): Uint8Array {
  const bytes = new Uint8Array(AT + PEER_BYTES + 8).fill(0xaa);
  writePeer(bytes, AT, address, port);
  return bytes;
}

const PEERS: { address: string; port: number; family: 4 | 6; text: string; sockaddr: string }[] = [
  { address: '192.0.2.7', port: 53, family: 4, text: '192.0.2.7', sockaddr: '02000035c00002070000000000000000' },
  {
    address: '::ffff:192.0.2.7',
    port: 65535,
    family: 4,
    text: '192.0.2.7',
    sockaddr: '0200ffffc00002070000000000000000',
  },
  {
    address: '2001:db8::7',
    port: 5353,
    family: 6,
    text: '2001:db8::7',
    sockaddr: '0a0014e90000000020010db800000000000000000000000700000000',
  },
  {
    address: 'fe80::1%66051',
    port: 0,
    family: 6,
    text: 'fe80::1%66051',
    sockaddr: '0a00000000000000fe80000000000000000000000000000103020100',
  },
];
for (const { address, port, family, text, sockaddr } of PEERS) {
  test(`the record of ${address} port ${port}`, () => {
    const bytes = record(address, port);
    assert.equal(peerFamily(bytes, AT), family);
    assert.equal(peerPort(bytes, AT), port);
    assert.equal(peerText(bytes, AT), text);
    assert.equal(peerAddressAt(AT, family), AT + (family === 4 ? 4 : 8));
    assert.equal(bytes[AT + PEER.LENGTH], sockaddr.length / 2);
    assert.equal(Buffer.from(bytes.subarray(AT, AT + sockaddr.length / 2)).toString('hex'), sockaddr);
  });
}

test('a record is written over whatever stood there, and nothing around it', () => {
  const bytes = record('192.0.2.7', 53);
  assert.ok(bytes.subarray(0, AT).every((octet) => octet === 0xaa));
  assert.ok(bytes.subarray(AT + PEER_BYTES).every((octet) => octet === 0xaa));
  assert.ok(bytes.subarray(AT + PEER.CONTROL, AT + PEER_BYTES).every((octet) => octet === 0));
});

test('a record without a control message does not know the local address', () => {
  assert.equal(localText(record('192.0.2.7', 53), AT), '');
});

test('the local address is read from the control message', () => {
  const four = record('192.0.2.7', 53);
  four[AT + PEER.CONTROL_LENGTH] = 32;
  four.set([10, 0, 0, 1], AT + PEER.SOURCE4);
  assert.equal(localText(four, AT), '10.0.0.1');
  const six = record('2001:db8::7', 53);
  six[AT + PEER.CONTROL_LENGTH] = 40;
  six[AT + PEER.INFO + 15] = 1;
  assert.equal(localText(six, AT), '::1');
});

test('what is no address is refused', () => {
  assert.throws(() => record('dns.example', 53), TypeError);
});

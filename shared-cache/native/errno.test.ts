import assert from 'node:assert/strict';
import { test } from 'node:test';
import { endpoint, errorName, errorText, listenError, SystemError } from './errno.ts';

const NAMES: [number, string][] = [
  [1, 'EPERM'],
  [4, 'EINTR'],
  [11, 'EAGAIN'],
  [13, 'EACCES'],
  [95, 'ENOTSUP'],
  [98, 'EADDRINUSE'],
  [111, 'ECONNREFUSED'],
  [4242, 'E4242'],
];
for (const [number, name] of NAMES) {
  test(`errno ${number} is ${name}`, () => assert.equal(errorName(number), name));
}

/** As Go prints them on Linux. */
const TEXTS: [string, string][] = [
  ['EACCES', 'permission denied'],
  ['EADDRINUSE', 'address already in use'],
  ['EADDRNOTAVAIL', 'cannot assign requested address'],
  ['EAFNOSUPPORT', 'address family not supported by protocol'],
  ['EBADF', 'bad file descriptor'],
  ['ECONNREFUSED', 'connection refused'],
  ['ECONNRESET', 'connection reset by peer'],
  ['EHOSTUNREACH', 'no route to host'],
  ['EINVAL', 'invalid argument'],
  ['EMFILE', 'too many open files'],
  ['EMSGSIZE', 'message too long'],
  ['ENETUNREACH', 'network is unreachable'],
  ['ENOBUFS', 'no buffer space available'],
  ['ENOMEM', 'cannot allocate memory'],
  ['EPERM', 'operation not permitted'],
  ['EPIPE', 'broken pipe'],
  ['ETIMEDOUT', 'connection timed out'],
  ['ERR_SOCKET_BAD_PORT', 'ERR_SOCKET_BAD_PORT'],
];
for (const [code, text] of TEXTS) {
  test(`${code} reads "${text}"`, () => assert.equal(errorText(code), text));
}

const ENDPOINTS: [string, number, string][] = [
  ['', 53, ':53'],
  ['0.0.0.0', 53, ':53'],
  ['::', 53, ':53'],
  ['127.0.0.1', 1053, '127.0.0.1:1053'],
  ['::1', 53, '[::1]:53'],
];
for (const [address, port, text] of ENDPOINTS) {
  test(`endpoint of "${address}" and ${port} is ${text}`, () => assert.equal(endpoint(address, port), text));
}

test('a listen failure reads as Go programs print it', () => {
  const error = listenError('udp', '', 53, 'EADDRINUSE');
  assert.equal(error.message, 'listen udp :53: bind: address already in use');
  assert.equal(error.code, 'EADDRINUSE');
  assert.equal(error.syscall, 'bind');
  assert.equal(error.address, ':53');
  assert.ok(error instanceof SystemError);
});

test('a listen failure names the call that failed', () => {
  const error = listenError('udp', '::1', 53, 'EAFNOSUPPORT', 'socket');
  assert.equal(error.message, 'listen udp [::1]:53: socket: address family not supported by protocol');
});

test('Node reports a bind failure of TCP as listen', () => {
  const error = listenError('tcp', '127.0.0.1', 53, 'EACCES', 'listen');
  assert.equal(error.message, 'listen tcp 127.0.0.1:53: bind: permission denied');
});

test('other failures name call and subject', () => {
  assert.equal(new SystemError('EBADF', 'mmap', 'fd 7').message, 'mmap fd 7: bad file descriptor');
  assert.equal(new SystemError('ENOMEM', 'mmap').message, 'mmap: cannot allocate memory');
});

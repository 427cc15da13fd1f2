// What a failed request means for the one who has to go on.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ApiRequestError, ApiTimeoutError } from './errors.ts';
import { StreamError } from './events.ts';
import {
  BodyEndedError,
  failureOfEvent,
  isExpired,
  isStall,
  isUnreachable,
  refusesRequest,
  refusesStreaming,
} from './failures.ts';

const status = (code: number, reason = ''): ApiRequestError => new ApiRequestError('no', { status: code, reason });
const timeout = new ApiTimeoutError('nothing received for 90 s');
const refused = new ApiRequestError('connection refused', { refused: true });

const MEANINGS = { isExpired, refusesStreaming, refusesRequest, isUnreachable, isStall };

describe('a failure', () => {
  const rows: { name: string; error: unknown; means: (keyof typeof MEANINGS)[] }[] = [
    { name: '400', error: status(400, 'BadRequest'), means: ['refusesStreaming', 'refusesRequest'] },
    { name: '401', error: status(401, 'Unauthorized'), means: [] },
    { name: '403', error: status(403, 'Forbidden'), means: ['refusesRequest'] },
    { name: '404', error: status(404, 'NotFound'), means: ['refusesRequest'] },
    { name: '406', error: status(406, 'NotAcceptable'), means: ['refusesStreaming', 'refusesRequest'] },
    { name: '410', error: status(410, 'Gone'), means: ['isExpired'] },
    { name: '410 without a reason', error: status(410), means: ['isExpired'] },
    { name: 'Expired under another code', error: status(500, 'Expired'), means: ['isExpired', 'refusesRequest'] },
    { name: '422', error: status(422, 'Invalid'), means: ['refusesStreaming', 'refusesRequest'] },
    { name: '429', error: status(429, 'TooManyRequests'), means: [] },
    { name: '500', error: status(500, 'InternalError'), means: ['refusesRequest'] },
    { name: '503', error: status(503, 'ServiceUnavailable'), means: [] },
    { name: '504: a version of the future', error: status(504, 'Timeout'), means: [] },
    { name: 'a refused connection', error: refused, means: ['isUnreachable'] },
    { name: 'a reset connection', error: new Error('read ECONNRESET'), means: ['isUnreachable'] },
    { name: 'silence', error: timeout, means: ['isUnreachable', 'isStall'] },
    {
      name: 'silence, explained',
      error: new ApiRequestError('silence', {}, timeout),
      means: ['isUnreachable', 'isStall'],
    },
    {
      name: 'silence of a watch',
      error: new BodyEndedError('lost', true, timeout),
      means: ['isUnreachable', 'isStall'],
    },
    { name: 'a body that cannot be read', error: new StreamError('no JSON'), means: [] },
    { name: 'what is no error at all', error: undefined, means: ['isUnreachable'] },
  ];
  for (const { name, error, means } of rows)
    it(name, () => {
      const found = Object.entries(MEANINGS).filter(([, test]) => test(error));
      assert.deepEqual(found.map(([meaning]) => meaning).sort(), [...means].sort());
    });
});

describe('failureOfEvent', () => {
  it('one line with everything that decisions are made by', () => {
    const failure = failureOfEvent({
      code: 410,
      reason: 'Expired',
      message: 'too old\n resource version ',
      retryAfter: 3,
    });
    const { message, status: code, reason, retryAfter } = failure;
    assert.deepEqual([message, code, reason, retryAfter], ['too old resource version', 410, 'Expired', 3]);
  });

  it('without a message', () =>
    assert.equal(failureOfEvent({ code: 500, reason: '', message: '', retryAfter: 0 }).message, 'status 500'));
});

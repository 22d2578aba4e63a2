import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import * as sns from '@aws-sdk/client-sns';
import { SNSServiceException } from '@aws-sdk/client-sns';

import type { FailedTry, SnsCall } from './classify-error.ts';
import { classifyError } from './classify-error.ts';

type Case = {
  readonly name: string;
  readonly error: unknown;
  readonly call?: SnsCall;
  readonly expected: string;
};

/** An error as the SDK throws it: those of its schema by name, others by the bare code. */
function answered(name: string, httpStatusCode: number): SNSServiceException {
  const $fault = httpStatusCode < 500 ? 'client' : 'server';
  return new SNSServiceException({ name, $fault, message: 'm', $metadata: { httpStatusCode } });
}

function withCode(code: string, name = 'Error'): Error {
  return Object.assign(new Error('m'), { name, code });
}

const cases: readonly Case[] = [
  { name: 'throttling', error: answered('ThrottledException', 429), expected: 'retry throttled' },
  { name: 'its code of old', error: answered('Throttling', 400), expected: 'retry throttled' },
  {
    name: 'its long code',
    error: answered('ThrottlingException', 400),
    expected: 'retry throttled',
  },
  { name: 'any 429', error: answered('Odd', 429), expected: 'retry throttled' },
  {
    name: 'a throttled key',
    error: answered('KMSThrottlingException', 400),
    expected: 'retry throttled',
  },
  {
    name: 'an internal error',
    error: answered('InternalErrorException', 500),
    expected: 'retry unavailable',
  },
  { name: 'any 5xx', error: answered('Odd', 503), expected: 'retry unavailable' },
  {
    name: 'two changes at once',
    error: answered('ConcurrentAccessException', 400),
    expected: 'retry unavailable',
  },
  { name: 'a time-out', error: withCode('', 'TimeoutError'), expected: 'retry timeout' },
  {
    name: 'a time-out of TCP',
    error: withCode('ETIMEDOUT', 'TimeoutError'),
    expected: 'retry timeout',
  },
  {
    name: 'a reset that the SDK calls a time-out',
    error: withCode('ECONNRESET', 'TimeoutError'),
    expected: 'retry network',
  },
  { name: 'a refused connection', error: withCode('ECONNREFUSED'), expected: 'retry network' },
  { name: 'an unknown host', error: withCode('ENOTFOUND'), expected: 'retry network' },
  {
    name: 'a client that was closed',
    error: withCode('', 'AbortError'),
    expected: 'retry network',
  },
  {
    name: 'a missing topic',
    error: answered('NotFoundException', 404),
    expected: 'retry topic-missing',
  },
  {
    name: 'a wrong key id',
    error: answered('InvalidClientTokenId', 403),
    expected: 'retry credentials',
  },
  {
    name: 'an expired token',
    error: answered('ExpiredTokenException', 403),
    expected: 'retry credentials',
  },
  {
    name: 'a wrong secret',
    error: answered('SignatureDoesNotMatch', 403),
    expected: 'retry credentials',
  },
  {
    name: 'no credentials at all',
    error: withCode('', 'CredentialsProviderError'),
    expected: 'retry credentials',
  },
  { name: 'an error nobody knows', error: answered('Odd', 400), expected: 'retry unknown' },
  { name: 'a plain error', error: new Error('m'), expected: 'retry unknown' },
  { name: 'what is no error', error: 'm', expected: 'retry unknown' },
  {
    name: 'an opted-out telephone',
    error: answered('OptedOutException', 400),
    expected: 'rejected opted-out',
  },
  {
    name: 'a disabled endpoint',
    error: answered('EndpointDisabledException', 400),
    expected: 'rejected invalid-destination',
  },
  {
    name: 'a forbidden action',
    error: answered('AuthorizationErrorException', 403),
    expected: 'rejected forbidden',
  },
  {
    name: 'a forbidden key',
    error: answered('KMSAccessDeniedException', 400),
    expected: 'rejected forbidden',
  },
  {
    name: 'too many topics',
    error: answered('TopicLimitExceededException', 403),
    expected: 'rejected limit-exceeded',
  },
  {
    name: 'a message it refuses',
    error: answered('InvalidParameterException', 400),
    expected: 'rejected invalid-message',
  },
  {
    name: 'an attribute it refuses',
    error: answered('InvalidParameterValueException', 400),
    expected: 'rejected invalid-message',
  },
  {
    name: 'an address it refuses',
    error: answered('InvalidParameterException', 400),
    call: 'subscribe',
    expected: 'rejected invalid-destination',
  },
];

describe(classifyError.name, () => {
  for (const { name, error, call = 'publish', expected } of cases) {
    it(`answers ${name} with ${expected}`, () => {
      assert.equal(print(classifyError(error, call)), expected);
    });
  }

  it('knows every error that Publish, Subscribe and CreateTopic may throw', () => {
    // Errors of the schema that no call of ours can meet: batches, platforms, tags, verification.
    const elsewhere = /Batch|Platform|Tag|Verification|UserError|Replay|InvalidState|SNSService/;
    const unknown = Object.keys(sns)
      .filter((name) => /Exception$|^KMSOptInRequired$/.test(name) && !elsewhere.test(name))
      .filter((name) => print(classifyError(answered(name, 400), 'publish')) === 'retry unknown');
    assert.deepEqual(unknown, []);
  });
});

function print({ outcome, reason }: FailedTry): string {
  return `${outcome} ${reason}`;
}

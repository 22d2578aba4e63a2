import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Alert } from './alert.ts';
import {
  claim,
  isClaimable,
  newEntry,
  settle,
  type OutboxEntry,
  type Progress,
  type RetryPolicy,
  type TryResult,
} from './outbox.ts';

const POLICY: RetryPolicy = {
  backoff: { initialMs: 100, maxMs: 1_000, factor: 2 },
  attemptsMax: 5,
  ageMaxMs: 60_000,
};

function entry(change: Partial<Progress> = {}): OutboxEntry {
  return { ...newEntry({ _id: 'a', createdAtMs: 1_000 } as Alert), ...change };
}

describe('newEntry', () => {
  it('is due at once', () => {
    assert.equal(isClaimable(entry(), 1_000), true);
  });
});

describe('isClaimable', () => {
  const lease = { owner: 'other', untilMs: 5_000 };
  const cases: [string, Partial<Progress>, boolean][] = [
    ['due, its time come', { nextAttemptAtMs: 4_000 }, true],
    ['due later', { nextAttemptAtMs: 4_001 }, false],
    ['sending under a lease', { state: 'sending', lease }, false],
    ['sending, the lease over', { state: 'sending', lease: { ...lease, untilMs: 4_000 } }, true],
    ['sending, nobody knows for whom', { state: 'sending' }, true],
    ['sent', { state: 'sent' }, false],
    ['failed', { state: 'failed' }, false],
  ];
  for (const [name, change, expected] of cases) {
    it(`is ${String(expected)} for what is ${name}`, () => {
      assert.equal(isClaimable(entry(change), 4_000), expected);
    });
  }
});

describe('claim', () => {
  it('counts the try and gives a lease', () => {
    const claimed = entry(claim(2, 'me', 9_000));
    assert.deepEqual([claimed.state, claimed.attempts], ['sending', 3]);
    assert.deepEqual(claimed.lease, { owner: 'me', untilMs: 9_000 });
  });
});

describe('settle', () => {
  const retry: TryResult = { outcome: 'retry', reason: 'throttled' };
  const cases: [string, Partial<Progress>, TryResult, number, Partial<Progress>][] = [
    [
      'what was accepted is sent',
      { attempts: 1, lastError: 'timeout' },
      { outcome: 'accepted', providerMessageId: 'm' },
      7_000,
      { state: 'sent', lease: null, sentAtMs: 7_000, providerMessageId: 'm', lastError: null },
    ],
    [
      'what was rejected has failed',
      { attempts: 1 },
      { outcome: 'rejected', reason: 'opted-out' },
      7_000,
      { state: 'failed', lease: null, lastError: 'opted-out' },
    ],
    [
      'the first retry comes after the first delay',
      { attempts: 1 },
      retry,
      7_000,
      { state: 'due', lease: null, nextAttemptAtMs: 7_075, lastError: 'throttled' },
    ],
    [
      'the third after a longer one',
      { attempts: 3 },
      retry,
      7_000,
      { state: 'due', lease: null, nextAttemptAtMs: 7_300, lastError: 'throttled' },
    ],
    [
      'the provider may ask for more patience',
      { attempts: 1 },
      { ...retry, retryAfterMs: 30_000 },
      7_000,
      { state: 'due', lease: null, nextAttemptAtMs: 37_000, lastError: 'throttled' },
    ],
    [
      'after the last try it has failed',
      { attempts: 5 },
      retry,
      7_000,
      { state: 'failed', lease: null, lastError: 'throttled' },
    ],
    [
      'what is too old has failed',
      { attempts: 2 },
      retry,
      61_000,
      { state: 'failed', lease: null, lastError: 'throttled' },
    ],
  ];
  for (const [name, change, result, nowMs, expected] of cases) {
    it(name, () => {
      const sending = entry({ ...change, state: 'sending' });
      assert.deepEqual(settle(sending, result, POLICY, { nowMs, random: 0.5 }), expected);
    });
  }
});

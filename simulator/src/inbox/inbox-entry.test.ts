import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import fc from 'fast-check';

import type { InboxEntry } from './inbox-entry.ts';
import { decodeInboxEntry, encodeInboxEntry, inboxOutcomes } from './inbox-entry.ts';

const anyText = fc.string({ unit: 'binary', maxLength: 40 });
const anyTime = fc.integer({ min: 0, max: 2 ** 45 });

const plain = { noNullPrototype: true } as const;

const anyEntry: fc.Arbitrary<InboxEntry> = fc.record(
  {
    version: fc.constant(1 as const),
    outcome: fc.constantFrom(...inboxOutcomes),
    requestAtMs: anyTime,
    acceptedAtMs: anyTime,
    messageId: anyText,
    destination: fc.record(
      {
        protocol: fc.constantFrom('email' as const, 'sms' as const, 'none' as const),
        endpoint: anyText,
      },
      plain,
    ),
    topicArn: fc.option(anyText),
    subscriptionArn: fc.option(anyText),
    subject: fc.option(anyText),
    message: anyText,
    messageAttributes: fc.dictionary(
      anyText.filter((name) => name !== '__proto__'),
      anyText,
      plain,
    ),
    sms: fc.option(
      fc.record(
        {
          encoding: fc.constantFrom('GSM-7' as const, 'UCS-2' as const),
          parts: fc.integer({ min: 1, max: 30 }),
        },
        plain,
      ),
    ),
  },
  plain,
);

describe(decodeInboxEntry.name, () => {
  it('reads back any entry from its one line', () => {
    fc.assert(
      fc.property(anyEntry, (entry) => {
        const line = encodeInboxEntry(entry);
        assert.doesNotMatch(line, /\n/);
        assert.deepEqual(decodeInboxEntry(line), { ok: true, value: entry });
      }),
    );
  });

  it('says why a line is no entry', () => {
    assert.deepEqual(decodeInboxEntry('{"version":1,"outc'), { ok: false, reason: 'not JSON' });
    const other = decodeInboxEntry('{"version":2}');
    assert.ok(!other.ok);
    assert.match(other.reason, /version/);
  });
});

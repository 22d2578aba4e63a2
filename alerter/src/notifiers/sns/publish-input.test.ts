import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import fc from 'fast-check';

import type { OutgoingAlert } from '../notifier.ts';
import { cleanSubject, phonePublishInput, topicPublishInput } from './publish-input.ts';

const alert: OutgoingAlert = {
  alertId: 'a-1',
  destination: { kind: 'theme', theme: 't' },
  subject: 'Spike',
  body: 'long',
  smsText: 'short',
  attributes: { channelId: '12', empty: '' },
};

describe(cleanSubject.name, () => {
  const cases = [
    ['Spike in #chat', 'Spike in #chat'],
    ['  a\r\nb\tc  ', 'a b c'],
    ['Überraschung 🎉 größer', 'Uberraschung gro er'],
    ['日本語', 'Crest alert'],
    ['', 'Crest alert'],
    ['x'.repeat(150), 'x'.repeat(99)],
  ] as const;
  for (const [subject, clean] of cases) {
    it(`makes ${JSON.stringify(clean.slice(0, 30))} of ${JSON.stringify(subject.slice(0, 30))}`, () => {
      assert.equal(cleanSubject(subject), clean);
    });
  }

  it('makes of any text a subject that SNS takes, and leaves that one alone', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
        const clean = cleanSubject(text);
        assert.match(clean, /^[\x21-\x7e][\x20-\x7e]{0,98}$/);
        assert.equal(cleanSubject(clean), clean);
      }),
    );
  });
});

describe(topicPublishInput.name, () => {
  it('has a text for each protocol', () => {
    const { Message, MessageStructure } = topicPublishInput('arn', alert, {
      maxPriceUsd: undefined,
    });
    assert.equal(MessageStructure, 'json');
    assert.deepEqual(JSON.parse(Message ?? ''), { default: 'long', email: 'long', sms: 'short' });
  });
});

describe(phonePublishInput.name, () => {
  it('says what the text may cost, and leaves out empty attributes', () => {
    const input = phonePublishInput('+4915112345678', alert, { maxPriceUsd: '0.25' });
    assert.equal(input.Message, 'short');
    assert.deepEqual(input.MessageAttributes, {
      channelId: { DataType: 'String', StringValue: '12' },
      alertId: { DataType: 'String', StringValue: 'a-1' },
      'AWS.SNS.SMS.SMSType': { DataType: 'String', StringValue: 'Transactional' },
      'AWS.SNS.SMS.MaxPrice': { DataType: 'Number', StringValue: '0.25' },
    });
  });
});

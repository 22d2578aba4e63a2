import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { chatMessage, type ChatMessage } from '@crest/shared/records/chat-message';
import fc from 'fast-check';
import { chatMessageJson } from './chat-message-json.ts';

const text = fc.oneof(
  fc.string(),
  fc.string({ unit: 'binary' }),
  fc.string({
    unit: fc.constantFrom('"', '\\', '\n', '\u0000', '\ud83d', '\ude00', '\u2028', 'é'),
  }),
);
const whole = fc.nat();
const message: fc.Arbitrary<ChatMessage> = fc.record(
  {
    type: fc.constant('chat.message' as const),
    version: fc.constant(1 as const),
    channelId: text,
    channelLogin: text,
    id: text,
    atMs: fc.maxSafeNat(),
    clampedFromMs: fc.option(whole),
    userId: text,
    userLogin: text,
    userName: text,
    text,
    isAction: fc.boolean(),
    bits: whole,
    emotes: whole,
    mirroredFrom: fc.option(fc.record({ channelId: text, id: text })),
    replyTo: fc.option(text),
    tags: fc.dictionary(text, text),
  },
  { noNullPrototype: true },
);

const reading = fc.oneof(
  { weight: 4, arbitrary: fc.constant({}) },
  { weight: 1, arbitrary: fc.record({ readAtMs: whole }) },
  {
    weight: 1,
    arbitrary: fc.record({ readBy: fc.record({ readerSet: text, generation: whole }) }),
  },
);

describe('chatMessageJson', () => {
  it('is what the codec of the record writes, byte for byte', () => {
    fc.assert(
      fc.property(message, reading, (usual, how) => {
        const value = { ...usual, ...how };
        assert.equal(chatMessageJson(value), chatMessage.encode(value));
      }),
      { numRuns: 500 },
    );
  });
});

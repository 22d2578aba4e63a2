import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { chatMessage, type ChatMessage } from './chat-message.ts';
import type { LineReading } from './line-reading.ts';
import { parseJson } from './record.ts';

const text = fc.string({ unit: 'grapheme' });
const id = fc.uuid();

const messages: fc.Arbitrary<ChatMessage> = fc.record(
  {
    type: fc.constant('chat.message' as const),
    version: fc.constant(1 as const),
    channelId: fc.integer({ min: 1 }).map(String),
    channelLogin: fc.stringMatching(/^[a-z0-9_]{1,25}$/),
    id,
    atMs: fc.nat(4_102_444_800_000),
    clampedFromMs: fc.option(fc.nat(4_102_444_800_000)),
    userId: fc.nat().map(String),
    userLogin: text,
    userName: text,
    text,
    isAction: fc.boolean(),
    bits: fc.nat(1_000_000),
    emotes: fc.nat(250),
    mirroredFrom: fc.option(
      fc.record({ channelId: fc.nat().map(String), id }, { noNullPrototype: true }),
    ),
    replyTo: fc.option(id),
    tags: fc.dictionary(fc.stringMatching(/^[a-z][a-z-]{0,20}$/), text, { noNullPrototype: true }),
  },
  { noNullPrototype: true },
);

const readings: fc.Arbitrary<LineReading> = fc.record(
  {
    readAtMs: fc.nat(4_102_444_800_000),
    readBy: fc.record({ readerSet: text, generation: fc.nat() }, { noNullPrototype: true }),
  },
  { noNullPrototype: true, requiredKeys: [] },
);

describe('chatMessage', () => {
  it('reads back what it writes', () => {
    fc.assert(
      fc.property(messages, readings, (usual, reading) => {
        const message = { ...usual, ...reading };
        const json = parseJson(Buffer.from(chatMessage.encode(message)));
        assert.ok(json.ok);
        assert.deepEqual(chatMessage.decode(json.value), { ok: true, value: message });
      }),
    );
  });

  it('drops fields that it does not know, so that a newer writer may add some', () => {
    fc.assert(
      fc.property(messages, (message) => {
        const decoded = chatMessage.decode({ ...message, addedLater: 1 });
        assert.deepEqual(decoded, { ok: true, value: message });
      }),
    );
  });
});

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { readChatMessage } from './chat-message-text.ts';
import { chatMessage, type ChatMessage } from './chat-message.ts';
import { parseJson } from './record.ts';

const plain = fc.string({
  unit: fc.constantFrom('a', 'Z', '7', ' ', ',', ':', '{', '}', 'é', '😀'),
});
const odd = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.string({ unit: fc.constantFrom('a', '"', '\\', '\n', '\u0000') }),
);
const text = fc.oneof({ weight: 20, arbitrary: plain }, { weight: 1, arbitrary: odd });
const id = fc.oneof(fc.uuid(), text);
function mostlyNull<T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | null> {
  return fc.oneof({ weight: 9, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: arbitrary });
}

const message: fc.Arbitrary<ChatMessage> = fc.record(
  {
    type: fc.constant('chat.message' as const),
    version: fc.constant(1 as const),
    channelId: fc.oneof(fc.nat().map(String), text),
    channelLogin: text,
    id,
    atMs: fc.nat(4_102_444_800_000),
    clampedFromMs: mostlyNull(fc.nat()),
    userId: text,
    userLogin: text,
    userName: text,
    text,
    isAction: fc.boolean(),
    bits: fc.nat(),
    emotes: fc.nat(),
    mirroredFrom: mostlyNull(fc.record({ channelId: text, id }, { noNullPrototype: true })),
    replyTo: fc.option(id),
    tags: fc.dictionary(fc.stringMatching(/^[a-z-]{1,9}$/), text, { noNullPrototype: true }),
  },
  { noNullPrototype: true },
);

const USUAL: ChatMessage = {
  type: 'chat.message',
  version: 1,
  channelId: '1',
  channelLogin: 'amber',
  id: '9b1deb4d',
  atMs: 1_700_000_000_123,
  clampedFromMs: null,
  userId: '42',
  userLogin: 'otter',
  userName: 'Otter',
  text: 'Kappa ü😀',
  isAction: false,
  bits: 0,
  emotes: 1,
  mirroredFrom: null,
  replyTo: null,
  tags: { badges: '', color: '#1E90FF' },
};

/** The fields that a message has, tags included. */
function fieldsOf(read: ChatMessage): ChatMessage {
  return { ...USUAL, ...read, tags: read.tags };
}

describe(readChatMessage.name, () => {
  it('reads the usual message', () => {
    const read = readChatMessage(chatMessage.encode(USUAL));
    assert.ok(read !== null);
    assert.deepEqual(fieldsOf(read), USUAL);
  });

  it('reads whatever it takes as the codec does', () => {
    let taken = 0;
    fc.assert(
      fc.property(message, (value) => {
        const json = chatMessage.encode(value);
        const read = readChatMessage(json);
        if (read === null) return;
        taken += 1;
        assert.deepEqual({ ok: true, value: fieldsOf(read) }, chatMessage.decode(JSON.parse(json)));
      }),
      { numRuns: 2_000 },
    );
    assert.ok(taken > 50, `only ${taken} were taken`);
  });

  it('takes nothing that the codec would refuse, wherever it is bent before the tags', () => {
    const json = chatMessage.encode({ ...USUAL, tags: {} });
    const place = fc.nat(json.indexOf(',"tags"'));
    const put = fc.constantFrom('', '0', '"', ',', '-', '}', 'x', 'null', '","id":"');
    fc.assert(
      fc.property(place, fc.nat(3), put, (at, cut, insert) => {
        const bent = json.slice(0, at) + insert + json.slice(at + cut);
        const read = readChatMessage(bent);
        if (read === null) return;
        const parsed = parseJson(bent);
        assert.ok(parsed.ok, bent);
        assert.deepEqual({ ok: true, value: fieldsOf(read) }, chatMessage.decode(parsed.value));
      }),
      { numRuns: 3_000 },
    );
  });

  it('leaves lines that say how they were read to the codec', () => {
    const { clampedFromMs, ...rest } = USUAL;
    for (const reading of [
      { readAtMs: 7 },
      { readBy: { readerSet: 'a', generation: 1 } },
    ] as const) {
      const { type, version, channelId, channelLogin, id: messageId, atMs, ...others } = rest;
      const identity = { type, version, channelId, channelLogin, id: messageId, atMs };
      const message = { ...identity, clampedFromMs, ...reading, ...others };
      assert.equal(readChatMessage(chatMessage.encode(message)), null);
    }
  });

  it('has no tags where they are none', () => {
    const json = chatMessage.encode(USUAL).replace('"badges"', 'badges');
    assert.deepEqual(readChatMessage(json)?.tags, {});
  });
});

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DEAD_LETTER_PAYLOAD_BYTES_MAX, deadLetter, deadLetterOf } from './dead-letter.ts';

const facts = {
  service: 'processor',
  reason: 'value is not JSON',
  origin: { topic: 'channel.events', partition: 3, offset: 17 },
  key: '1',
  failedAtMs: 5,
} as const;

describe('deadLetterOf', () => {
  it('keeps bytes that are no text', () => {
    const letter = deadLetterOf(facts, Uint8Array.of(0xff, 0, 0x80));
    assert.deepEqual([...Buffer.from(letter.payload, 'base64')], [0xff, 0, 0x80]);
    assert.deepEqual(deadLetter.decode(JSON.parse(deadLetter.encode(letter))), {
      ok: true,
      value: letter,
    });
  });

  it('cuts what is too long, and says how long it was', () => {
    const letter = deadLetterOf(facts, 'x'.repeat(DEAD_LETTER_PAYLOAD_BYTES_MAX + 1));
    assert.equal(Buffer.from(letter.payload, 'base64').length, DEAD_LETTER_PAYLOAD_BYTES_MAX);
    assert.equal(letter.payloadBytes, DEAD_LETTER_PAYLOAD_BYTES_MAX + 1);
  });
});

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { deadLetterOf } from '@crest/shared/records/dead-letter';
import { CliError } from '../cli-error.ts';
import { replayOf } from './dead-letters.ts';

const origin = { topic: 'channel.events', partition: 3, offset: 9 };
const facts = { service: 'processor', reason: 'broken', key: '12', failedAtMs: 1 } as const;

describe('replayOf', () => {
  it('puts the very bytes back into the partition that they came from', () => {
    const letter = deadLetterOf({ ...facts, origin }, '{"type":"chat.message"}');
    const record = replayOf({ number: 0, letter }, 77);
    assert.deepEqual(
      { ...record, value: String(record.value) },
      {
        topic: 'channel.events',
        partition: 3,
        key: '12',
        value: '{"type":"chat.message"}',
        timestampMs: 77,
      },
    );
  });

  it('refuses a line from a socket, and says why', () => {
    const letter = deadLetterOf({ ...facts, origin: null }, ':tmi.twitch.tv ???');
    assert.throws(() => replayOf({ number: 4, letter }, 0), CliError);
    assert.throws(() => replayOf({ number: 4, letter }, 0), /4 is a line from a socket/);
  });

  it('refuses a payload that was cut', () => {
    const letter = deadLetterOf({ ...facts, origin }, 'x'.repeat(100_000));
    assert.throws(() => replayOf({ number: 4, letter }, 0), /was cut from 100000/);
  });
});

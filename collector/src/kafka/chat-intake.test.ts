import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CHANNEL_EVENT_CODECS } from '@crest/shared/records/channel-event';
import type { ChatMessage } from '@crest/shared/records/chat-message';
import type { OutgoingRecord } from '@crest/shared/kafka/port';
import { parseJson } from '@crest/shared/records/record';
import { topicNames } from '@crest/shared/topics';
import { RoomDirectory } from '../core/room-directory.ts';
import { translate } from '../twitch/chat-line.wire.ts';
import { IrcLine } from '../twitch/irc-line.ts';
import { PlainChat } from '../twitch/plain-chat.wire.ts';
import { ChatIntake } from './chat-intake.ts';

const NOW_MS = 1_700_000_000_000;
const US = { readerSet: 'a', generation: 7 };

/** What stands between the sockets and the outbox, with a clock that stands still. */
class Desk {
  readonly records: OutgoingRecord[] = [];
  readonly #plain = new PlainChat();
  #lines = 0;
  readonly intake = new ChatIntake({
    sink: { put: (record) => this.records.push(record), flushed: () => Promise.resolve() },
    topics: topicNames(''),
    directory: new RoomDirectory(),
    partitionOf: (channelId) => Number(channelId) % 2,
    recentIdsMax: 100,
    clampMs: 60_000,
    lateMs: 1_000,
    // We answer for the odd partition only.
    readerIn: (partition) => (partition === 1 ? US : undefined),
    nowMs: () => NOW_MS,
    eventNowMs: () => NOW_MS,
    events: {
      lineUnreadable: assert.fail,
      duplicateDropped: () => assert.fail('no line comes twice'),
      stampClamped: () => undefined,
    },
  });

  /** As the pool does it: in bytes first. */
  read(stampMs: number, channelId = '1'): ChatMessage {
    this.#lines += 1;
    const id = `9b1deb4d-3b7d-4bad-9bdd-${String(this.#lines).padStart(12, '0')}`;
    const line =
      `@emotes=;id=${id};room-id=${channelId};tmi-sent-ts=${stampMs};user-id=42 ` +
      ':ann!ann@ann PRIVMSG #amber :hello';
    const bytes = Buffer.from(`${line}\r\n`);
    assert.ok(this.#plain.read(bytes, 0, bytes.length - 1));
    if (!this.intake.takePlain(this.#plain)) {
      const view = new IrcLine();
      assert.ok(view.read(line));
      const translated = translate(view);
      assert.equal(translated.kind, 'message');
      this.intake.take(translated);
    }
    const json = parseJson(this.records.at(-1)?.value ?? null);
    const decoded = CHANNEL_EVENT_CODECS['chat.message'].decode(json.ok ? json.value : null);
    assert.ok(decoded.ok);
    return decoded.value;
  }
}

describe(ChatIntake.name, () => {
  it('says nothing of how a line was read that comes as it should', () => {
    const { readAtMs, readBy } = new Desk().read(NOW_MS - 999);
    assert.deepEqual([readAtMs, readBy], [undefined, undefined]);
  });

  it('says when a line was read whose stamp is ahead of the clock, and believes the stamp', () => {
    const { atMs, readAtMs, clampedFromMs } = new Desk().read(NOW_MS + 1);
    assert.deepEqual([atMs, readAtMs, clampedFromMs], [NOW_MS + 1, NOW_MS, null]);
  });

  it('puts a stamp back that is too far ahead', () => {
    const { atMs, readAtMs, clampedFromMs } = new Desk().read(NOW_MS + 60_001);
    assert.deepEqual([atMs, readAtMs, clampedFromMs], [NOW_MS, undefined, NOW_MS + 60_001]);
  });

  it('says who reads from a late line on, up to the next tick', () => {
    const desk = new Desk();
    assert.deepEqual(desk.read(NOW_MS - 1_001).readBy, US);
    assert.deepEqual(desk.read(NOW_MS - 10).readBy, US);
    desk.intake.ticked();
    assert.equal(desk.read(NOW_MS - 10).readBy, undefined);
    assert.deepEqual(desk.read(NOW_MS - 5_000).readBy, US);
  });

  it('names nobody where somebody else answers for the room', () => {
    assert.equal(new Desk().read(NOW_MS - 5_000, '2').readBy, undefined);
  });
});

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type ScheduledLine, renderLine } from '../scheduled-line.ts';
import { type WorldOptions, createWorld, zipfShares } from './world.ts';

const LIVELY: WorldOptions = {
  seed: 7,
  runId: 'run',
  rooms: 40,
  messagesPerSecond: 200,
  durationMs: 120_000,
  hasStories: true,
};

function linesOf(options: WorldOptions): ScheduledLine[] {
  const { schedule } = createWorld(options);
  const lines: ScheduledLine[] = [];
  while (schedule.nextMs < Infinity) lines.push(schedule.take());
  return lines;
}

function bytesOf(options: WorldOptions): string {
  return linesOf(options)
    .map((line) => renderLine(line, 1_700_000_000_000 + line.offsetMs))
    .join('');
}

describe(createWorld.name, () => {
  it('is the same, byte for byte, for the same seed and run, and another for another', () => {
    const short = { ...LIVELY, durationMs: 10_000 };
    assert.equal(bytesOf(short), bytesOf(short));
    assert.notEqual(bytesOf(short), bytesOf({ ...short, seed: 8 }));
  });

  it('gives room ids of its own to every run', () => {
    const [one, other] = [createWorld(LIVELY), createWorld({ ...LIVELY, runId: 'another' })];
    const ids = new Set(one.rooms.map((room) => room.id));
    assert.equal(ids.size, one.rooms.length);
    assert.ok(other.rooms.every((room) => !ids.has(room.id)));
  });

  it('keeps to the order of time and to its duration', () => {
    let lastMs = 0;
    for (const { offsetMs } of linesOf(LIVELY)) {
      assert.ok(offsetMs >= lastMs && offsetMs < LIVELY.durationMs);
      lastMs = offsetMs;
    }
  });

  it('gives the first room the rate that it was told, and leaves the others as they are', () => {
    const busy = { ...LIVELY, durationMs: 10_000, busiestPerSecond: 500 };
    const [first, ...others] = createWorld(busy).rooms;
    const [lines, usual] = [linesOf(busy), linesOf({ ...LIVELY, durationMs: 10_000 })];
    const said = lines.filter(({ room }) => room.login === first?.login).length;
    assert.ok(Math.abs(said / 10 - 500) < 25, `${said} lines in ten seconds`);
    for (const { login } of others) {
      const inRoom = (all: ScheduledLine[]): ScheduledLine[] =>
        all.filter(({ room }) => room.login === login);
      assert.equal(inRoom(lines).length, inRoom(usual).length);
    }
  });

  it('never uses an id twice, and every line can be parsed', () => {
    const ids = new Set<string>();
    for (const line of linesOf(LIVELY)) {
      assert.match(renderLine(line, 1), /^@\S+ :\S+ [A-Z]+ #[a-z0-9_]+( :[^\r\n]*)?\r\n$/);
      if (line.id !== '') assert.ok(!ids.has(line.id));
      ids.add(line.id);
    }
  });

  it('has everything in it that a collector has to handle', () => {
    const lines = linesOf({ ...LIVELY, durationMs: 600_000 });
    const words = new Set(lines.map((line) => line.msgId || line.command));
    for (const word of [
      'PRIVMSG',
      'CLEARMSG',
      'CLEARCHAT',
      'sub',
      'resub',
      'raid',
      'announcement',
    ]) {
      assert.ok(words.has(word), word);
    }
    assert.ok(lines.some((line) => line.bits > 0));
    assert.ok(lines.some((line) => line.isAction));
    assert.ok(lines.some((line) => line.mirrored));
    assert.ok(lines.some((line) => line.text.startsWith('!')));
  });

  it('announces a gift bomb before the gifts, which all have its origin', () => {
    const lines = linesOf({ ...LIVELY, durationMs: 600_000 }).filter((line) => !line.mirrored);
    const bomb = lines.find((line) => line.msgId === 'submysterygift');
    assert.ok(bomb);
    const originOf = (line: ScheduledLine) => /msg-param-origin-id=(\w+)/.exec(line.head)?.[1];
    const gifts = lines.filter(
      (line) => line.msgId === 'subgift' && originOf(line) === originOf(bomb),
    );
    assert.equal(gifts.length, Number(/mass-gift-count=(\d+)/.exec(bomb.head)?.[1]));
    assert.ok(gifts.every((gift) => gift.offsetMs > bomb.offsetMs));
  });

  it('keeps to its rate where it has no stories, lines as long as those of Twitch', () => {
    const even = { ...LIVELY, hasStories: false, messagesPerSecond: 500, durationMs: 60_000 };
    const lines = linesOf(even);
    assert.ok(Math.abs(lines.length / 30_000 - 1) < 0.03);
    const bytes = lines.reduce((sum, line) => sum + Buffer.byteLength(renderLine(line, 1.7e12)), 0);
    assert.ok(Math.abs(bytes / lines.length - 470) < 30, `${bytes / lines.length} bytes a line`);
  });

  it('copies what is said in a shared chat into the other room, under an id of its own', () => {
    const lines = linesOf(LIVELY);
    const copies = lines.filter((line) => line.mirrored && line.command === 'PRIVMSG');
    const originals = new Map(
      lines.filter((line) => !line.mirrored).map((line) => [line.id, line]),
    );
    for (const copy of copies) {
      const tags = new Map(
        copy.head
          .slice(1)
          .split(';')
          .map((tag) => tag.split('=') as [string, string]),
      );
      const original = originals.get(tags.get('source-id') ?? '');
      assert.ok(original);
      assert.equal(tags.get('source-room-id'), original.room.id);
      assert.equal(tags.get('room-id'), copy.room.id);
      assert.equal(tags.get('id'), copy.id);
      assert.notEqual(copy.room.id, original.room.id);
      assert.equal(copy.text, original.text);
      assert.ok(original.head.includes(`;source-room-id=${original.room.id};`));
    }
  });
});

describe(zipfShares.name, () => {
  it('sums to 1 and falls as 1/k', () => {
    const shares = zipfShares(2_000);
    assert.ok(Math.abs(shares.reduce((sum, share) => sum + share, 0) - 1) < 1e-9);
    assert.ok(Math.abs((shares[0] ?? 0) / (shares[99] ?? 1) - 100) < 1e-6);
  });
});

/** Recorded chats through real sockets. */
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { openReplay, outlineReplay } from '../src/replay/log-directory.ts';
import { IrcReader } from './_util/irc-reader.ts';
import { linesOf, runSimulator } from './_util/running-simulator.ts';
import { until } from './_util/until.ts';

/** Real recorded chats, where this checkout has them beside it. They are read, never copied. */
const RECORDED = join(import.meta.dirname, '../../../shared/chat-logs');

function logOf(texts: readonly string[], stepMs: number): string {
  return texts.map((m, index) => `${JSON.stringify({ t: index * stepMs, u: 'u1', m })}\n`).join('');
}

describe('a replay', () => {
  it('plays every log of a folder to the room that has its name', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'crest-logs-'));
    const texts = ['first', '', '\u0001ACTION third', 'fourth \u2028 same line', 'fifth'];
    writeFileSync(join(directory, 'plain-Log.ndjson'), logOf(texts, 150));
    writeFileSync(join(directory, 'packed.ndjson.gz'), gzipSync(logOf(texts, 100)));
    writeFileSync(join(directory, 'README.md'), 'not a log');
    await using running = await runSimulator({
      CREST_MODE: 'replay',
      CREST_REPLAY_DIRECTORY: directory,
      CREST_TWITCH_JOINS_MAX: '2000',
    });
    using reader = await IrcReader.anonymous(running.url);
    assert.deepEqual(running.logins, ['packed', 'plain_log']);
    await reader.join(...running.logins);
    await until('the lines are over', () => running.simulator.status().phase === 'tail');
    assert.deepEqual(running.simulator.status().lines, { sent: 10, planned: 10 });
    const entries = await running.ledger();
    await reader.closes();
    rmSync(directory, { recursive: true });

    for (const [room, stepMs] of [
      ['packed', 100],
      ['plain_log', 150],
    ] as const) {
      const heard = reader.all('PRIVMSG').filter((line) => line.params[0] === `#${room}`);
      const carried = texts.map((text) => text.replace(/^(\u0001ACTION.*)$/su, '$1\u0001'));
      assert.deepEqual(
        heard.map((line) => line.params[1]),
        carried,
      );
      const stamps = heard.map((line) => Number(line.tags.get('tmi-sent-ts')));
      const start = entries.find((entry) => entry.kind === 'start');
      for (const [index, stamp] of stamps.entries()) {
        const offsetMs = stamp - (start?.atMs ?? 0);
        assert.equal(Math.floor(offsetMs / stepMs), index, 'in its own step');
      }
    }
    assert.deepEqual(
      linesOf(entries)
        .filter((line) => line.action)
        .map((line) => line.text),
      ['third', 'third'],
    );
  });

  it('says what is missing where there is nothing to replay', () => {
    assert.throws(
      () => openReplay({ directory: import.meta.dirname, seed: 1, runId: 'a', spanMs: Infinity }),
      /no .ndjson/,
    );
  });

  it('gives every message of real recordings exactly once', (test) => {
    if (!existsSync(RECORDED)) {
      test.skip('no recorded chats beside this checkout');
      return;
    }
    const replay = openReplay({ directory: RECORDED, seed: 1, runId: 'a', spanMs: 600_000 });
    const ids = new Set<string>();
    let lastMs = 0;
    while (replay.schedule.nextMs < Infinity) {
      const line = replay.schedule.take();
      assert.ok(line.offsetMs >= lastMs);
      lastMs = line.offsetMs;
      ids.add(line.id);
    }
    assert.equal(ids.size, replay.lines);
    assert.equal(outlineReplay(RECORDED, 600_000).lines, replay.lines);
    assert.equal(replay.malformed, 0);
    assert.ok(lastMs < 603_000);
  });
});

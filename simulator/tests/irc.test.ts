/** The pretend Twitch over real sockets: who joins hears every line, and the ledger knows it. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { IrcReader } from './_util/irc-reader.ts';
import { linesOf, runSimulator } from './_util/running-simulator.ts';
import { until } from './_util/until.ts';

const WORLD = {
  CREST_WORLD_ROOMS: '25',
  CREST_WORLD_MESSAGES_PER_SECOND: '1000',
  CREST_WORLD_DURATION_MS: '1500',
  CREST_TWITCH_JOINS_MAX: '2000',
};

const CHAT = ['PRIVMSG', 'USERNOTICE', 'CLEARCHAT', 'CLEARMSG'];

describe('the pretend Twitch', () => {
  it('starts when the last of 25 rooms is joined over several sockets, and writes down every line that they hear', async () => {
    await using running = await runSimulator(WORLD);
    const { simulator, url, logins } = running;
    using one = await IrcReader.anonymous(url, '1');
    using two = await IrcReader.anonymous(url, '2');
    using three = await IrcReader.anonymous(url, '3');
    await one.join(...logins.slice(0, 10));
    await two.join(...logins.slice(10, 20));
    await three.join(...logins.slice(20, 24));
    assert.equal(simulator.status().phase, 'waiting');
    assert.deepEqual(simulator.status().rooms, { wanted: 25, confirmed: 24 });
    await three.join(...logins.slice(24));
    await until('the lines are over', () => simulator.status().phase === 'tail');
    const entries = await running.ledger();

    const sent = linesOf(entries);
    assert.ok(sent.length > 500);
    const readers = [one, two, three];
    const heard = readers.flatMap((reader) =>
      reader.lines.filter((line) => CHAT.includes(line.command)),
    );
    const short = (command: string, id: string, atMs: number, text: string): string =>
      `${command} ${id} ${atMs} ${text}`;
    assert.deepEqual(
      heard
        .map(({ command, tags, params }) => {
          const text = (params[1] ?? '').replace(/^\u0001ACTION (.*)\u0001$/su, '$1');
          const isClear = command === 'CLEARCHAT';
          return short(
            command,
            tags.get('id') ?? '',
            Number(tags.get('tmi-sent-ts')),
            isClear ? '' : text,
          );
        })
        .sort(),
      sent.map((line) => short(line.command, line.id, line.atMs, line.text)).sort(),
    );
    assert.ok(sent.every((line) => line.readers === 1));
    assert.ok(
      readers.some((reader) => reader.frames.some((frame) => frame.split('\r\n').length > 3)),
    );
    const kinds = entries.map((entry) => entry.kind).filter((kind) => kind !== 'line');
    assert.deepEqual(new Set(kinds), new Set(['run', 'join', 'start', 'end', 'part']));
    const startAt = entries.findIndex((entry) => entry.kind === 'start');
    assert.equal(entries.findIndex((entry) => entry.kind === 'line') > startAt, true);
    assert.equal(entries.find((entry) => entry.kind === 'end')?.lines, sent.length);
  });

  it('counts a line as sent at its time though nobody reads', async () => {
    await using running = await runSimulator({ ...WORLD, CREST_START_RULE: 'manual' });
    assert.equal((await running.command('/start')).status, 200);
    await until('the lines are over', () => running.simulator.status().phase === 'tail');
    const entries = await running.ledger();
    const lines = linesOf(entries);
    const start = entries.find((entry) => entry.kind === 'start');
    assert.ok(lines.length > 500 && start !== undefined);
    assert.ok(lines.every((line) => line.readers === 0 && line.wallMs >= line.atMs));
    assert.equal(start.atMs % 1_000, 0);
  });

  it('sends no line before its time, in a replayed hour as in a live one', async () => {
    const wallAnchorMs = Date.now();
    const eventAnchorMs = 1_700_000_000_123;
    await using running = await runSimulator({
      ...WORLD,
      CREST_WORLD_DURATION_MS: '60000',
      CREST_WORLD_MESSAGES_PER_SECOND: '50',
      CREST_START_RULE: 'at-once',
      CREST_EVENT_CLOCK: `${wallAnchorMs},${eventAnchorMs},60`,
    });
    await until('the lines are over', () => running.simulator.status().phase === 'tail');
    const lines = linesOf(await running.ledger());
    assert.ok(lines.length > 1_000);
    for (const line of lines) {
      const eventMs = eventAnchorMs + (line.wallMs - wallAnchorMs) * 60;
      assert.ok(eventMs >= line.atMs - 60, 'not before its time');
      assert.ok(eventMs - line.atMs < 60 * 1_000, 'not a second after it');
    }
  });

  it('drops whoever joins more than 20 rooms in 10 s', async () => {
    await using running = await runSimulator({ ...WORLD, CREST_TWITCH_JOINS_MAX: '20' });
    using reader = await IrcReader.anonymous(running.url);
    await reader.join(...running.logins.slice(0, 20));
    reader.say(`JOIN #${running.logins[20]}`);
    await reader.closes();
    const parts = (await running.ledger()).filter((entry) => entry.kind === 'part');
    assert.equal(parts.length, 20);
    assert.ok(parts.every((part) => part.reason === 'refused'));
  });

  it('refuses rooms as it is told and does not wait for them', async () => {
    await using running = await runSimulator({
      ...WORLD,
      CREST_WORLD_ROOMS: '3',
      CREST_SEED: '1',
      CREST_TWITCH_REFUSALS: 'heron_tavern=banned',
    });
    const { logins } = running;
    assert.ok(logins.includes('heron_tavern'), 'the seed gives this room');
    using reader = await IrcReader.anonymous(running.url);
    await reader.join(...logins.filter((login) => login !== 'heron_tavern'));
    assert.equal(running.simulator.status().phase, 'playing');
    reader.say('JOIN #heron_tavern');
    const notice = await reader.hears('NOTICE');
    assert.equal(notice.tags.get('msg-id'), 'msg_banned');
  });

  it('says PING, and cuts who does not answer', async () => {
    await using running = await runSimulator({
      ...WORLD,
      CREST_TWITCH_PING_INTERVAL_MS: '50',
      CREST_TWITCH_PONG_TIMEOUT_MS: '200',
    });
    using polite = await IrcReader.anonymous(running.url, '1');
    using deaf = await IrcReader.anonymous(running.url, '2');
    deaf.answersPings = false;
    await deaf.closes();
    assert.equal(polite.isOpen, true);
    assert.ok(polite.all('PING').length > 2);
  });

  it('cuts a reader that leaves too much unread, and goes on for the others', async () => {
    await using running = await runSimulator({
      ...WORLD,
      CREST_WORLD_MESSAGES_PER_SECOND: '60000',
      CREST_WORLD_DURATION_MS: '0',
      CREST_WORLD_STORIES: 'false',
      CREST_TWITCH_BACKLOG_BYTES_MAX: '200000',
      CREST_START_RULE: 'first-joined',
    });
    using slow = await IrcReader.anonymous(running.url, '1');
    slow.say(`JOIN ${running.logins.map((login) => `#${login}`).join(',')}`);
    await slow.hears('ROOMSTATE');
    slow.socket.pause();
    await until('it is cut', () => running.simulator.status().connections === 0);
    const parts = (await running.ledger()).filter((entry) => entry.kind === 'part');
    assert.ok(parts.length > 0 && parts.every((part) => part.reason === 'slow'));
  });

  it('sends bare lines to a reader without capabilities', async () => {
    await using running = await runSimulator(WORLD);
    using bare = await IrcReader.connect(running.url);
    bare.say('NICK justinfan9', `JOIN ${running.logins.map((login) => `#${login}`).join(',')}`);
    await until('the lines are over', () => running.simulator.status().phase === 'tail');
    await bare.hears('PRIVMSG');
    const chat = bare.lines.filter((line) => CHAT.includes(line.command));
    assert.ok(chat.every((line) => line.command === 'PRIVMSG' && line.tags.size === 0));
  });
});

/** Faults on command: what a reader sees of each, and what the ledger says of it. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { IrcReader } from './_util/irc-reader.ts';
import { type RunningSimulator, linesOf, runSimulator } from './_util/running-simulator.ts';
import { until } from './_util/until.ts';

const WORLD = {
  CREST_WORLD_ROOMS: '5',
  CREST_WORLD_MESSAGES_PER_SECOND: '300',
  CREST_WORLD_STORIES: 'false',
  CREST_START_RULE: 'first-joined',
};

async function withReader(
  story: (running: RunningSimulator, reader: IrcReader) => Promise<void>,
): Promise<void> {
  await using running = await runSimulator(WORLD);
  using reader = await IrcReader.anonymous(running.url);
  await reader.join(...running.logins);
  await reader.hears('PRIVMSG');
  await story(running, reader);
}

/** Gives the order, and checks that the ledger has it. */
async function befall(running: RunningSimulator, order: object): Promise<void> {
  const { status, body } = await running.command('/faults', order);
  assert.deepEqual([status, body], [200, { connections: [1] }]);
}

describe('the faults of the pretend Twitch', () => {
  it('cut a socket at once, and write down that its rooms are left', () =>
    withReader(async (running, reader) => {
      await befall(running, { fault: 'cut' });
      await reader.closes();
      const entries = await running.ledger();
      assert.equal(entries.filter((entry) => entry.kind === 'fault')[0]?.fault, 'cut');
      const parts = entries.filter((entry) => entry.kind === 'part');
      assert.deepEqual([parts.length, parts[0]?.reason], [5, 'fault']);
    }));

  it('cut a socket in the middle of a line, which then counts as read by nobody', () =>
    withReader(async (running, reader) => {
      await befall(running, { fault: 'cut-mid-line' });
      await reader.closes();
      const last = reader.frames.at(-1) ?? '';
      assert.ok(!last.endsWith('\r\n'), 'the last line is broken off');
      const heard = new Set(reader.all('PRIVMSG').map((line) => line.tags.get('id')));
      for (const line of linesOf(await running.ledger())) {
        assert.equal(line.readers === 1, heard.has(line.id), 'readers counts whole lines only');
      }
    }));

  it('cut a socket in the middle of a frame, of which nothing is heard', () =>
    withReader(async (running, reader) => {
      await befall(running, { fault: 'cut-mid-frame' });
      await reader.closes();
      assert.ok(reader.frames.every((frame) => frame.endsWith('\r\n')));
    }));

  it('say RECONNECT and close some time later, with lines until then', () =>
    withReader(async (running, reader) => {
      await befall(running, { fault: 'reconnect', afterMs: 150 });
      await reader.hears('RECONNECT');
      await reader.closes();
      const at = reader.lines.findIndex((line) => line.command === 'RECONNECT');
      assert.ok(reader.lines.slice(at).some((line) => line.command === 'PRIVMSG'));
    }));

  it('hold lines back and send them all in order', () =>
    withReader(async (running, reader) => {
      await befall(running, { fault: 'delay', forMs: 300 });
      const before = reader.lines.length;
      const { sent } = running.simulator.status().lines;
      await until('lines were held', () => running.simulator.status().lines.sent > sent + 40);
      assert.ok(reader.lines.length - before < 10);
      await until('they come', () => reader.lines.length > before + 40);
      const stamps = reader.all('PRIVMSG').map((line) => Number(line.tags.get('tmi-sent-ts')));
      assert.deepEqual(
        stamps,
        stamps.toSorted((one, other) => one - other),
      );
    }));

  it('send lines twice, but write them down once', () =>
    withReader(async (running, reader) => {
      await befall(running, { fault: 'duplicate', forMs: 60_000, chance: 1 });
      const before = reader.all('PRIVMSG').length;
      await until('some are heard', () => reader.all('PRIVMSG').length > before + 40);
      const ids = reader.all('PRIVMSG').map((line) => line.tags.get('id'));
      const repeated = ids.length - new Set(ids).size;
      assert.ok(repeated >= 15, `${repeated} repeated`);
      const written = linesOf(await running.ledger()).map((line) => line.id);
      assert.equal(new Set(written).size, written.length);
    }));

  it('let neighbours change places and lose none', () =>
    withReader(async (running, reader) => {
      await befall(running, { fault: 'reorder', forMs: 300, chance: 0.5 });
      const { sent } = running.simulator.status().lines;
      await until('it is over', () => running.simulator.status().lines.sent > sent + 200);
      const entries = linesOf(await running.ledger());
      await reader.closes();
      const heard = reader.all('PRIVMSG').map((line) => line.tags.get('id'));
      const written = entries.map((line) => line.id);
      assert.notDeepEqual(heard, written);
      assert.deepEqual(heard.toSorted(), written.toSorted());
    }));

  it('say what no parser understands', () =>
    withReader(async (running, reader) => {
      await befall(running, { fault: 'malformed', lines: 8 });
      await until('it is heard', () => reader.lines.some((line) => line.command === ''));
      const { sent } = running.simulator.status().lines;
      await until('lines go on', () => running.simulator.status().lines.sent > sent + 10);
      assert.equal(reader.isOpen, true);
    }));

  it('freeze a socket that stays open', () =>
    withReader(async (running, reader) => {
      await befall(running, { fault: 'half-open' });
      const { sent } = running.simulator.status().lines;
      const heard = reader.lines.length;
      reader.say('PING :anyone?');
      await until('lines go on', () => running.simulator.status().lines.sent > sent + 60);
      assert.ok(reader.lines.length < heard + 30);
      assert.equal(reader.all('PONG').length, 0);
      assert.equal(reader.isOpen, true);
      assert.equal(running.simulator.status().rooms.confirmed, 0);
    }));

  it('throw a reader out of a room, and refuse it there only', () =>
    withReader(async (running, reader) => {
      await befall(running, { fault: 'ban', forMs: 60_000 });
      const part = await reader.hears('PART');
      reader.say(`JOIN ${part.params[0]}`);
      const notice = await reader.hears('NOTICE');
      assert.equal(notice.tags.get('msg-id'), 'msg_banned');
      assert.deepEqual(running.simulator.status().rooms, { wanted: 5, confirmed: 4 });
      const other = running.logins.find((login) => `#${login}` !== part.params[0]) ?? '';
      using late = await IrcReader.anonymous(running.url, '778');
      await late.join(other);
    }));

  it('refuse joins for a while', () =>
    withReader(async (running) => {
      await befall(running, { fault: 'refuse-joins', how: 'suspended', forMs: 60_000 });
      using late = await IrcReader.anonymous(running.url, '777');
      late.say(`JOIN #${running.logins[0]}`);
      const notice = await late.hears('NOTICE');
      assert.equal(notice.tags.get('msg-id'), 'msg_channel_suspended');
    }));

  it('bend stamps, and write down the true ones beside them', () =>
    withReader(async (running) => {
      await befall(running, { fault: 'bend-stamps', byMs: 3_600_000, forMs: 60_000 });
      const { sent } = running.simulator.status().lines;
      await until('lines were bent', () => running.simulator.status().lines.sent > sent + 20);
      const bent = linesOf(await running.ledger()).filter((line) => line.trueAtMs !== undefined);
      assert.ok(bent.length >= 20);
      assert.ok(bent.every((line) => line.atMs - (line.trueAtMs ?? 0) === 3_600_000));
    }));

  it('come by themselves where a plan says so', async () => {
    await using running = await runSimulator({ ...WORLD, CREST_FAULTS_PLAN: 'cut@0.2' });
    using reader = await IrcReader.anonymous(running.url);
    await reader.join(...running.logins);
    await reader.closes();
    const faults = (await running.ledger()).filter((entry) => entry.kind === 'fault');
    assert.equal(faults[0]?.fault, 'cut');
  });

  it('are refused with a reason where an order makes no sense', () =>
    withReader(async (running) => {
      const { status, body } = await running.command('/faults', [{ fault: 'cut' }, { fault: 'x' }]);
      assert.equal(status, 400);
      assert.match(JSON.stringify(body), /must be one of/);
      assert.equal((await running.command('/faults', 'not json {')).status, 400);
    }));
});

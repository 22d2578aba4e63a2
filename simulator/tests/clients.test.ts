/** Third-party clients, unmodified, read from the pretend Twitch as from the real one. */
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import net from 'node:net';
import { describe, it } from 'node:test';
import { ChatClient } from '@twurple/chat';
import { linesOf, runSimulator } from './_util/running-simulator.ts';
import { until } from './_util/until.ts';

/** The little of tmi.js that is used here; the package has no types of its own. */
interface TmiClient {
  connect(): Promise<unknown>;
  disconnect(): Promise<unknown>;
  on(event: string, listener: (...heard: never[]) => void): void;
}
const tmi = createRequire(import.meta.url)('tmi.js') as {
  Client: new (options: object) => TmiClient;
};

const WORLD = {
  CREST_WORLD_ROOMS: '25',
  CREST_WORLD_MESSAGES_PER_SECOND: '400',
  CREST_WORLD_DURATION_MS: '1500',
  CREST_TWITCH_JOINS_MAX: '2000',
};

interface Heard {
  readonly id: string;
  readonly text: string;
}

function inOrder(heard: readonly Heard[]): string[] {
  return heard.map(({ id, text }) => `${id} ${text}`).sort();
}

describe('the pretend Twitch', () => {
  it('is read by an unmodified tmi.js, message for message', async () => {
    // It joins no faster than one room in 300 ms.
    await using running = await runSimulator({ ...WORLD, CREST_WORLD_ROOMS: '5' });
    const { port } = new URL(running.url);
    const client = new tmi.Client({
      connection: { server: '127.0.0.1', port: Number(port), secure: false, reconnect: false },
      channels: [...running.logins],
      options: { joinInterval: 5, skipUpdatingEmotesets: true, skipMembership: false },
      logger: { info() {}, warn() {}, error() {}, setLevel() {} },
    });
    const heard: Heard[] = [];
    // What carries bits comes as another event; `message` is all the rest.
    for (const event of ['message', 'cheer']) {
      client.on(event, (_channel: never, tags: { id: string }, text: string) => {
        heard.push({ id: tags.id, text });
      });
    }
    await client.connect();
    await until('the lines are over', () => running.simulator.status().phase === 'tail');
    const sent = linesOf(await running.ledger()).filter((line) => line.command === 'PRIVMSG');
    await until('everything is heard', () => heard.length >= sent.length);
    await client.disconnect().catch(() => {
      // The simulator has closed the socket already.
    });
    assert.ok(sent.length > 100);
    assert.deepEqual(inOrder(heard), inOrder(sent));
  });

  it('is read by an unmodified @twurple/chat, message for message', async () => {
    await using running = await runSimulator(WORLD);
    const port = Number(new URL(running.url).port);
    const client = new ChatClient({
      channels: [...running.logins],
      ssl: false,
      hostName: 'irc.local',
      botLevel: 'verified',
      connectionOptions: {
        wsOptions: { createConnection: () => net.connect(port, '127.0.0.1') },
      },
      logger: { minLevel: 'critical' },
    });
    const heard: Heard[] = [];
    client.onMessage((_channel, _user, text, message) => {
      heard.push({ id: message.id, text });
    });
    client.onAction((_channel, _user, text, message) => {
      heard.push({ id: message.id, text });
    });
    client.connect();
    await until('the lines are over', () => running.simulator.status().phase === 'tail');
    const sent = linesOf(await running.ledger()).filter((line) => line.command === 'PRIVMSG');
    await until('everything is heard', () => heard.length >= sent.length);
    client.quit();
    assert.ok(sent.length > 100);
    assert.deepEqual(inOrder(heard), inOrder(sent));
  });
});

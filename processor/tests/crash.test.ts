import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ChannelEvent } from '@crest/shared/records/channel-event';
import type { WindowsUpdated } from '@crest/shared/records/windows-updated';
import { message, notice, observed, tick } from './_util/records.ts';
import { eventually, Stage } from './_util/stage.ts';

const START_MS = 1_790_000_000_000 - (1_790_000_000_000 % 3_600_000);
const CHANNELS = ['1', '2', '3', '4', '5', '6'];
const SECONDS = 400;
/** As fast as a supervisor may: the broker's least session would make every restart wait. */
const EAGER = { CREST_STATE_FENCED_RETRY_MS: '1000' };

/** Seven minutes of chat with bursts, repeats and a late line, and the ticks behind it. */
function storyOf(stage: Stage): ChannelEvent[] {
  const events: ChannelEvent[] = CHANNELS.map((id) => observed(id, START_MS - 1_000));
  for (let second = 0; second < SECONDS; second += 1) {
    const atMs = START_MS + second * 1000;
    events.push(...CHANNELS.flatMap((channelId) => secondOf(channelId, second)));
    for (let p = 0; p < stage.partitions; p += 1) events.push(tick(atMs + 999, p));
  }
  const endMs = START_MS + 3_700_000;
  return [...events, ...Array.from({ length: stage.partitions }, (_, p) => tick(endMs, p))];
}

function secondOf(channelId: string, second: number): ChannelEvent[] {
  const atMs = START_MS + second * 1000;
  const isBurst = second % 300 > 290 && Number(channelId) % 2 === 0;
  const events: ChannelEvent[] = [];
  for (let i = 0; i < (isBurst ? 12 : 1); i += 1) {
    const id = `${channelId}-${second}-${i}`;
    const line = message({ channelId, id, atMs: atMs + i, userId: String((second + i) % 40) });
    events.push(line);
    if (second % 50 === 7) events.push(line);
  }
  if (second % 90 === 3) events.push(notice({ channelId, id: `n-${channelId}-${second}`, atMs }));
  if (second % 100 !== 60) return events;
  const lateMs = atMs - 45_000;
  return [...events, message({ channelId, id: `late-${channelId}-${second}`, atMs: lateMs })];
}

/** Everything that is kept, but for when it expires. */
async function contents(stage: Stage): Promise<Record<string, unknown[]>> {
  const { messageBuckets, windows10s, windows1m, windows1h, spikes, gaps } = stage.collections;
  const projection = { expireAt: 0 };
  const all = { messageBuckets, windows10s, windows1m, windows1h, spikes, gaps };
  const found: Record<string, unknown[]> = {};
  for (const [name, collection] of Object.entries(all)) {
    const documents = await collection.find({}, { projection }).toArray();
    found[name] = documents.sort((a, b) => (String(a._id) < String(b._id) ? -1 : 1));
  }
  return found;
}

async function allHours(stage: Stage): Promise<void> {
  await eventually(async () => {
    assert.equal(await stage.collections.windows1h.countDocuments({}), CHANNELS.length);
    const saved = await stage.collections.snapshots.find({}).toArray();
    const ends = await stage.kafka.admin();
    try {
      const expected = await ends.endOffsets(stage.topics.channelEvents);
      assert.equal(
        saved.reduce((sum, { nextOffset = 0 }) => sum + nextOffset, 0),
        expected.reduce((sum, offset) => sum + offset, 0),
      );
    } finally {
      await ends.close();
    }
  });
}

describe('a processor that is killed', () => {
  it('leaves the same documents as one that never was', { timeout: 240_000 }, async () => {
    await using plain = await Stage.open('processor-plain');
    await using killed = await Stage.open('processor-killed');
    const story = storyOf(plain);
    await plain.write(story);
    await plain.processor();

    let child = killed.processorProcess(EAGER);
    const parts = 4;
    for (let part = 0; part < parts; part += 1) {
      const length = Math.ceil(story.length / parts);
      await killed.write(story.slice(part * length, (part + 1) * length));
      if (part === parts - 1) break;
      await eventually(async () => {
        assert.ok((await killed.linesStored()) > part * 500);
      });
      await sleep(100 * part);
      const gone = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGKILL');
      await gone;
      child = killed.processorProcess(EAGER);
    }
    await allHours(plain);
    await allHours(killed);
    const [expected, actual] = [await contents(plain), await contents(killed)];
    for (const name of Object.keys(expected)) {
      assert.ok(name === 'gaps' || expected[name]!.length > 0, `${name} is empty`);
      assert.deepEqual(actual[name], expected[name], name);
    }
  });
});

describe('two processors', () => {
  it(
    'share the partitions and hand them over without a difference',
    { timeout: 240_000 },
    async () => {
      await using plain = await Stage.open('processor-alone');
      await using shared = await Stage.open('processor-shared');
      const story = storyOf(plain);
      await plain.write(story);
      await plain.processor();

      const first = await shared.processor(EAGER);
      const third = Math.ceil(story.length / 3);
      await shared.write(story.slice(0, third));
      const second = await shared.processor(EAGER);
      await shared.write(story.slice(third, 2 * third));
      await first.stop();
      await shared.write(story.slice(2 * third));
      await allHours(plain);
      await allHours(shared);
      assert.deepEqual(await contents(shared), await contents(plain));
      await second.stop();
    },
  );
});

describe('a record that cannot be read', () => {
  it('goes to the dead letters, and the partition goes on', async () => {
    await using stage = await Stage.open('processor-poison');
    await stage.processor();
    const partition = stage.partitionOf('1');
    await stage.writeRaw(partition, '{"type":"chat.message","version":1}');
    await stage.writeRaw(partition, 'no JSON');
    await stage.write([
      message({ channelId: '1', id: 'a', atMs: START_MS }),
      tick(START_MS, partition),
    ]);
    await eventually(async () => {
      assert.equal(await stage.linesStored(), 1);
    });
    const letters = await eventually(async () => {
      const found = await stage.read<{ reason: string; origin: { offset: number } }>('deadLetters');
      assert.equal(found.length, 2);
      return found;
    });
    assert.deepEqual(
      letters.map(({ origin }) => origin.offset),
      [0, 1],
    );
    assert.match(letters[0]!.reason, /chat.message/);
  });
});

describe('a late line', () => {
  it('corrects its windows in the store and on channel.windows', async () => {
    await using stage = await Stage.open('processor-late');
    await stage.processor();
    const partition = stage.partitionOf('1');
    await stage.write([
      observed('1', START_MS - 10_000),
      message({ channelId: '1', id: 'a', atMs: START_MS + 100 }),
      tick(START_MS + 90_000, partition),
      message({ channelId: '1', id: 'b', atMs: START_MS + 200, userId: '2', text: 'later' }),
    ]);
    await eventually(async () => {
      const ten = await stage.ten('1', START_MS);
      assert.equal(ten?.messages, 2);
      assert.equal(ten.chatters, 2);
      assert.equal(ten.revision, 3);
      assert.deepEqual(ten.seconds.messages, [2, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
      const minute = await stage.collections.windows1m.findOne({ _id: `1:${START_MS}` });
      assert.equal((minute as unknown as { messages: number } | null)?.messages, 2);
    });
    const corrected = (await stage.read<WindowsUpdated>('channelWindows'))
      .filter(({ type, revision }) => type === 'windows.updated' && revision === 3)
      .flatMap(({ windows }) => windows);
    assert.deepEqual(corrected.map(({ spanSeconds }) => spanSeconds).sort(), [1, 10, 60]);
    assert.ok(corrected.every(({ messages, final }) => messages === 2 && final));
  });
});

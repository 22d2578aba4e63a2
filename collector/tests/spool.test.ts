/**
 * The spool on a disk that forgets, kills and fails: whatever happens between any two operations,
 * what was acknowledged is delivered, in order, and what is lost is counted.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { OutgoingRecord } from '@crest/shared/kafka/port';
import { seededRandom } from '@crest/shared/testing/seeded-random';
import { segmentOf } from '../src/spool/spool-ledger.ts';
import { Spool, type SpoolSettings } from '../src/spool/spool.ts';
import { type Crash, Died, MemoryDisk } from './_util/memory-disk.ts';

const SETTINGS: SpoolSettings = { bytesMax: 100_000, segmentBytes: 600, ageMaxMs: 86_400_000 };
const PARTITIONS = 3;
const NOW_MS = 1_700_000_000_000;

function record(number: number, timestampMs = NOW_MS): OutgoingRecord {
  const partition = number % PARTITIONS;
  const value = `${number}:${'é'.repeat(number % 17)}`;
  const key = number % 5 === 0 ? null : `k${number}`;
  return { topic: 't', partition, key, value, timestampMs };
}

function numberOf({ value }: OutgoingRecord): number {
  return Number.parseInt(String(value), 10);
}

/** What one or more processes did with one disk. */
class Story {
  readonly random: () => number;
  readonly disk: MemoryDisk;
  readonly acknowledged = new Set<number>();
  /** What Kafka has, in its order. */
  readonly delivered: OutgoingRecord[] = [];
  readonly counts = { appended: 0, drained: 0, dropped: 0, corrupt: 0, torn: 0, trouble: 0 };
  nowMs = NOW_MS;
  next = 0;
  readonly settings: SpoolSettings;
  spool: Spool | undefined;
  #waiting: OutgoingRecord[] = [];

  constructor(seed: number, settings: Partial<SpoolSettings> = {}) {
    this.random = seededRandom(seed);
    this.disk = new MemoryDisk(this.random);
    this.settings = { ...SETTINGS, ...settings };
  }

  async open(): Promise<Spool> {
    const { counts } = this;
    this.spool = await Spool.open({
      files: this.disk,
      settings: this.settings,
      nowMs: () => this.nowMs,
      listener: {
        onAppended: (records) => (counts.appended += records),
        onDrained: (records) => (counts.drained += records),
        onDropped: (records) => (counts.dropped += records),
        onCorrupt: (records) => (counts.corrupt += records),
        onTorn: () => (counts.torn += 1),
        onTrouble: () => (counts.trouble += 1),
      },
    });
    return this.spool;
  }

  /** Appends what waits and some more; what is refused waits, as in the outbox. */
  async append(count: number): Promise<boolean> {
    for (let i = 0; i < count; i += 1) {
      this.#waiting.push(record(this.next, this.nowMs));
      this.next += 1;
    }
    const outcome = await this.spool!.append(this.#waiting);
    if (!outcome.ok) return false;
    for (const each of this.#waiting) this.acknowledged.add(numberOf(each));
    this.#waiting = [];
    return true;
  }

  /** Sends one batch to Kafka. */
  async drainOne(recordsMax = 4): Promise<boolean> {
    const batch = await this.spool!.next(recordsMax);
    if (batch === null) return false;
    for (const each of batch.records) {
      this.delivered.push({ ...each, value: each.value && Buffer.from(each.value) });
    }
    await this.spool!.acknowledge(batch);
    return true;
  }

  async drainAll(): Promise<void> {
    while (await this.drainOne()) continue;
    assert.equal(this.spool!.isEmpty, true);
  }

  /** The next process; what the dead one held in memory is gone. */
  async restart(crash: Crash): Promise<void> {
    this.#waiting = [];
    this.disk.restart(crash);
    await this.open();
  }

  /** A run of random appends and sends until it is over or the process dies. */
  async live(steps: number): Promise<'done' | 'died'> {
    try {
      await this.open();
      await this.liveOn(steps);
      return this.disk.isDead ? 'died' : 'done';
    } catch (error) {
      if (error instanceof Died) return 'died';
      throw error;
    } finally {
      await this.spool?.close().catch(() => undefined);
    }
  }

  async liveOn(steps: number): Promise<void> {
    for (let step = 0; step < steps && !this.disk.isDead; step += 1) {
      if (this.random() < 0.6) await this.append(1 + Math.floor(this.random() * 5));
      else await this.drainOne().catch(rethrowDeath);
    }
  }

  segments(): string[] {
    return this.disk.names.filter((name) => segmentOf(name) !== null);
  }

  check(lostMax = 0): void {
    const numbers = this.delivered.map(numberOf);
    const there = new Set(numbers);
    const lost = [...this.acknowledged].filter((number) => !there.has(number));
    assert.ok(lost.length <= lostMax, `lost ${lost.join(', ')}`);
    for (const each of this.delivered) {
      const sent = record(numberOf(each), each.timestampMs);
      assert.deepEqual({ ...each, value: String(each.value) }, sent);
    }
    for (let partition = 0; partition < PARTITIONS; partition += 1) {
      const first = [...there].filter((number) => number % PARTITIONS === partition);
      assert.deepEqual(
        first,
        first.toSorted((a, b) => a - b),
        'order of what came first',
      );
    }
  }
}

function rethrowDeath(error: unknown): void {
  if (error instanceof Died) throw error;
}

const CRASHES: readonly Crash[] = ['kill', 'power'];

describe('Spool', () => {
  it('gives back what it took, in order, and then nothing is left on the disk', async () => {
    const story = new Story(1);
    await story.open();
    for (let i = 0; i < 40; i += 1) assert.equal(await story.append(3), true);
    assert.ok(story.segments().length > 3);
    await story.drainAll();
    story.check();
    assert.equal(story.delivered.length, 120);
    assert.deepEqual(story.segments(), []);
    assert.deepEqual(story.counts, { ...story.counts, appended: 120, drained: 120, corrupt: 0 });
    assert.equal(story.spool!.bytes, 0);
    assert.equal(story.spool!.oldestMs, null);
  });

  it('loses nothing that it acknowledged when it dies between any two operations', async () => {
    let deaths = 0;
    for (const crash of CRASHES) {
      for (let dieAt = 0; ; dieAt += 1) {
        const story = new Story(77);
        story.disk.inject({ dieAt });
        const end = await story.live(40);
        await story.restart(crash);
        await story.drainAll();
        story.check();
        if (end === 'done') break;
        deaths += 1;
      }
    }
    assert.ok(deaths > 100, `${deaths} deaths`);
  });

  it('loses nothing over many lives and deaths, whatever the seed', async () => {
    for (let seed = 0; seed < 100; seed += 1) {
      const story = new Story(seed);
      try {
        for (let life = 0; life < 4; life += 1) {
          story.disk.inject({ dieAt: Math.floor(story.random() * 150) });
          await story.live(60);
          story.disk.restart(story.random() < 0.5 ? 'kill' : 'power');
        }
        await story.restart('kill');
        await story.drainAll();
        story.check();
        assert.deepEqual(story.segments(), []);
      } catch (error) {
        throw new Error(`seed ${seed}`, { cause: error });
      }
    }
  });

  it('lives through a disk that fails now and then, and through one that is full', async () => {
    for (let seed = 0; seed < 80; seed += 1) {
      const story = new Story(seed);
      try {
        await story.open();
        const failing = story.random() < 0.5;
        if (failing) story.disk.inject({ failsAt: () => story.random() < 0.1 });
        else story.disk.inject({ bytesMax: 2_000 });
        await story.liveOn(80);
        story.disk.inject({});
        assert.equal(await story.append(1), true);
        if (story.random() < 0.5) await story.restart('power');
        await story.drainAll();
        story.check(failing ? story.counts.corrupt : 0);
      } catch (error) {
        throw new Error(`seed ${seed}`, { cause: error });
      }
    }
  });

  it('pays for a flipped byte with the record that it is in, and counts it', async () => {
    for (let seed = 0; seed < 200; seed += 1) {
      const story = new Story(seed);
      await story.open();
      for (let i = 0; i < 12; i += 1) await story.append(3);
      const names = story.segments();
      const content = story.disk.contentOf(names[Math.floor(story.random() * names.length)]!);
      content[Math.floor(story.random() * content.length)]! ^= 1 << Math.floor(story.random() * 8);
      if (story.random() < 0.5) await story.restart('kill');
      await story.drainAll();
      story.check(1);
      const { torn, corrupt } = story.counts;
      assert.equal(new Set(story.delivered.map(numberOf)).size, 35, `seed ${seed}`);
      assert.equal(torn + corrupt, 1, `seed ${seed}: torn ${torn}, corrupt ${corrupt}`);
    }
  });

  it('cuts a torn tail at the start and counts it', async () => {
    const story = new Story(5);
    await story.open();
    await story.append(3);
    const [name] = story.segments();
    const file = await story.disk.open(name!, 'existing');
    const whole = Buffer.from(story.disk.contentOf(name!));
    await file.write(whole.subarray(0, 20), whole.length);
    await story.restart('kill');
    assert.equal(story.counts.torn, 1);
    assert.equal(story.disk.contentOf(name!).length, whole.length);
    await story.drainAll();
    story.check();
    assert.equal(story.counts.corrupt, 0);
  });

  it('refuses what goes beyond its bound and takes it when there is room again', async () => {
    const story = new Story(6, { bytesMax: 2_000 });
    await story.open();
    while (await story.append(2)) continue;
    assert.ok(story.spool!.bytes <= 2_000);
    const tooMuch = Array.from({ length: 50 }, () => record(9999));
    assert.deepEqual(await story.spool!.append(tooMuch), { ok: false, reason: 'full' });
    await story.drainAll();
    assert.equal(await story.append(0), true);
    await story.drainAll();
    story.check();
    assert.equal(story.delivered.length, story.next);
  });

  it('keeps and sends nothing that is older than its age', async () => {
    const story = new Story(7, { ageMaxMs: 60_000 });
    await story.open();
    for (let i = 0; i < 30; i += 1) {
      await story.append(2);
      story.nowMs += 4_000;
    }
    assert.equal(await story.drainOne(100), true);
    const oldest = Math.min(...story.delivered.map(({ timestampMs }) => timestampMs));
    assert.ok(oldest >= story.nowMs - 60_000);
    await story.drainAll();
    const { dropped, drained, appended } = story.counts;
    assert.ok(dropped > 0);
    assert.equal(dropped + drained, appended);
  });

  it('has something to say before anything else where all of it has grown too old', async () => {
    const story = new Story(12);
    const spool = await story.open();
    await story.append(5);
    story.nowMs += SETTINGS.ageMaxMs + 1;
    const batch = await spool.next(100);
    assert.ok(batch !== null);
    assert.deepEqual([batch.records.length, batch.isAfterLoss, spool.isEmpty], [0, true, false]);
    await spool.acknowledge(batch);
    assert.deepEqual([await spool.next(100), spool.isEmpty], [null, true]);
    await story.append(2);
    assert.equal((await spool.next(100))?.isAfterLoss, false);
  });

  it('says that records are missing that grew too old while a batch was on its way', async () => {
    const story = new Story(13);
    const spool = await story.open();
    await story.append(5);
    const sent = await spool.next(2);
    assert.ok(sent !== null);
    // Kafka does not answer for longer than records are kept, and takes the batch after all.
    story.nowMs += SETTINGS.ageMaxMs + 1;
    await story.append(1);
    assert.equal(story.counts.dropped, 5);
    await spool.acknowledge(sent);
    assert.equal((await spool.next(2))?.isAfterLoss, true);
  });

  it('drops what has grown too old at the start as well', async () => {
    const story = new Story(8);
    await story.open();
    await story.append(5);
    story.nowMs += SETTINGS.ageMaxMs + 1;
    await story.restart('power');
    assert.equal(story.spool!.isEmpty, true);
    assert.deepEqual(story.segments(), []);
    assert.equal(story.counts.dropped, 5);
  });

  it('passes over a place of the disk that cannot be read, and counts what was there', async () => {
    const story = new Story(9);
    await story.open();
    for (let i = 0; i < 6; i += 1) await story.append(3);
    story.disk.inject({ failsAt: () => true });
    for (let i = 0; i < 19; i += 1) await assert.rejects(story.drainOne());
    assert.equal(await story.drainOne(), true);
    story.disk.inject({});
    await story.drainAll();
    story.check(story.counts.corrupt);
    assert.ok(story.counts.corrupt > 0);
    assert.equal(story.delivered.length + story.counts.corrupt, 18);
  });

  it('starts with a ledger that cannot be read, from its oldest segment', async () => {
    const story = new Story(10);
    await story.open();
    for (let i = 0; i < 10; i += 1) await story.append(3);
    await story.drainOne();
    story.disk.contentOf('position').fill(0xff);
    await story.restart('kill');
    await story.drainAll();
    story.check();
  });
});

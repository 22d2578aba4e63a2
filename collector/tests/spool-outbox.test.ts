/** The outbox with its spool: Kafka and the disk come and go, and nothing is lost or out of order. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { OutgoingRecord, RecordProducer } from '@crest/shared/kafka/port';
import { RecordOutbox } from '../src/kafka/record-outbox.ts';
import { SpoolDrain } from '../src/spool/spool-drain.ts';
import { Spool } from '../src/spool/spool.ts';
import { MemoryDisk } from './_util/memory-disk.ts';
import { until } from './_util/running-collector.ts';

const RETRY = { initialMs: 1, maxMs: 5, factor: 2 };

/** Kafka with a switch; sends queue in order, as the port says. */
class PretendKafka implements RecordProducer {
  state: 'up' | 'failing' | 'hanging' = 'up';
  readonly log: string[] = [];
  sends = 0;
  #wake: (() => void)[] = [];
  #last: Promise<void> = Promise.resolve();

  send(records: readonly OutgoingRecord[]): Promise<void> {
    const mine = this.#last.then(() => this.#take(records));
    this.#last = mine.catch(() => undefined);
    return mine;
  }

  turn(state: PretendKafka['state']): void {
    this.state = state;
    for (const wake of this.#wake.splice(0)) wake();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  async #take(records: readonly OutgoingRecord[]): Promise<void> {
    this.sends += 1;
    while (this.state === 'hanging') {
      await new Promise<void>((resolve) => this.#wake.push(resolve));
    }
    if (this.state === 'failing') throw new Error('Kafka is away');
    this.log.push(...records.map(({ value }) => String(value)));
  }
}

class Rig implements AsyncDisposable {
  readonly kafka = new PretendKafka();
  readonly disk: MemoryDisk;
  readonly told: string[] = [];
  readonly spool: Spool;
  readonly outbox: RecordOutbox;
  readonly drain: SpoolDrain;
  #next = 0;

  private constructor(disk: MemoryDisk, spool: Spool, bytesMax: number) {
    this.disk = disk;
    this.spool = spool;
    this.drain = new SpoolDrain({
      losses: { tell: (records) => records, forget: () => undefined },
      spool,
      producer: this.kafka,
      batchRecordsMax: 7,
      retry: RETRY,
      listener: {
        onSent: () => this.outbox.heardOfKafka(true),
        onSendFailed: () => this.outbox.heardOfKafka(false),
        onReadFailed: () => undefined,
      },
    });
    this.outbox = new RecordOutbox({
      producer: this.kafka,
      settings: {
        batchRecordsMax: 10,
        batchPartitionBytesMax: 100_000,
        lingerMs: 1,
        bytesMax,
        retry: RETRY,
      },
      listener: {
        onSent: () => undefined,
        onSendFailed: () => undefined,
        onFull: () => this.told.push('reading stops'),
        onDrained: () => this.told.push('drained'),
        onSpooling: () => this.told.push('spooling'),
        onDirect: () => this.told.push('direct'),
        onSpoolRefused: ({ reason }) => this.told.at(-1) === reason || this.told.push(reason),
      },
      spoolUse: { spool, sendDeadlineMs: 20, fsyncDelayMs: 2, drain: () => this.drain.start() },
    });
  }

  static async open(
    disk = new MemoryDisk(Math.random),
    bounds: { spool?: number; memory?: number } = {},
  ): Promise<Rig> {
    const nothing = (): void => undefined;
    const spool = await Spool.open({
      files: disk,
      settings: { bytesMax: bounds.spool ?? 1e6, segmentBytes: 2_000, ageMaxMs: 86_400_000 },
      nowMs: Date.now,
      listener: {
        onAppended: nothing,
        onDrained: nothing,
        onDropped: nothing,
        onCorrupt: nothing,
        onTorn: nothing,
        onTrouble: nothing,
      },
    });
    return new Rig(disk, spool, bounds.memory ?? 1e6);
  }

  put(count: number): void {
    for (let i = 0; i < count; i += 1) {
      const value = String(this.#next);
      const timestampMs = Date.now();
      this.outbox.put({ topic: 't', partition: 0, key: null, value, timestampMs });
      this.#next += 1;
    }
  }

  /** Everything that was put is in Kafka, in order; repeats behind the first are let pass. */
  async checkAll(from = 0): Promise<void> {
    const expected = Array.from({ length: this.#next - from }, (_, i) => String(from + i));
    await until('Kafka has everything', () => new Set(this.kafka.log).size >= expected.length);
    assert.deepEqual([...new Set(this.kafka.log)], expected);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.kafka.turn('up');
    this.outbox.close();
    await this.drain.stop();
    await this.spool.close();
  }
}

describe('RecordOutbox with a spool', () => {
  it('does not touch the disk while Kafka answers', async () => {
    await using rig = await Rig.open();
    const before = rig.disk.operations;
    for (let i = 0; i < 20; i += 1) {
      rig.put(15);
      await rig.outbox.flushed();
    }
    await rig.checkAll();
    assert.equal(rig.disk.operations, before);
    assert.deepEqual(rig.told, []);
  });

  for (const state of ['failing', 'hanging'] as const) {
    it(`acknowledges by the disk while Kafka is ${state}, then drains in order`, async () => {
      await using rig = await Rig.open();
      rig.put(5);
      await rig.outbox.flushed();
      rig.kafka.turn(state);
      for (let i = 0; i < 10; i += 1) {
        rig.put(25);
        await rig.outbox.flushed();
      }
      assert.equal(rig.kafka.log.length, 5);
      assert.equal(rig.outbox.isSpooling, true);
      assert.equal(rig.outbox.isFailing, true);
      assert.ok(rig.spool.bytes > 10_000);
      rig.kafka.turn('up');
      rig.put(5);
      await rig.checkAll();
      await until('the spool is empty', () => rig.spool.isEmpty);
      rig.put(5);
      await rig.outbox.flushed();
      await rig.checkAll();
      assert.deepEqual(rig.told, ['spooling', 'direct']);
      assert.equal(rig.outbox.isFailing, false);
      assert.deepEqual(rig.disk.names, ['position']);
    });
  }

  it('does not pile sends up on a Kafka that hangs while the disk fails too', async () => {
    await using rig = await Rig.open();
    rig.kafka.turn('hanging');
    rig.disk.inject({ failsAt: () => true });
    rig.put(30);
    await until('the disk was tried a few times', () => rig.disk.operations > 5);
    assert.equal(rig.kafka.sends, 1);
    rig.kafka.turn('up');
    await rig.checkAll();
    assert.deepEqual(rig.told, ['failed']);
  });

  it('stops reading when the spool is full and memory too, and loses nothing', async () => {
    await using rig = await Rig.open(undefined, { spool: 5_000, memory: 10_000 });
    rig.kafka.turn('failing');
    await until('memory is full', () => {
      rig.put(5);
      return rig.told.includes('reading stops');
    });
    assert.ok(rig.spool.bytes <= 5_000);
    assert.deepEqual(rig.told, ['spooling', 'full', 'reading stops']);
    rig.kafka.turn('up');
    await rig.checkAll();
    await until('reading goes on', () => rig.told.includes('drained'));
  });

  it('sends what an earlier process left before anything else', async () => {
    const disk = new MemoryDisk(Math.random);
    const left = Array.from({ length: 30 }, (_, i) => `left ${i}`);
    {
      await using first = await Rig.open(disk);
      const record = { topic: 't', partition: 0, key: null, timestampMs: Date.now() };
      await first.spool.append(left.map((value) => ({ ...record, value })));
    }
    await using rig = await Rig.open(disk);
    rig.drain.start();
    rig.put(20);
    await until('Kafka has everything', () => rig.kafka.log.length >= 50);
    const own = Array.from({ length: 20 }, (_, i) => String(i));
    assert.deepEqual(rig.kafka.log, [...left, ...own]);
  });

  it('drains at the end what Kafka takes, and waits in vain for nothing', async () => {
    await using rig = await Rig.open();
    rig.kafka.turn('failing');
    rig.put(50);
    await rig.outbox.flushed();
    await until('the drain has tried', () => rig.drain.isFailing);
    await rig.drain.finish(60_000);
    assert.equal(rig.spool.isEmpty, false);
    rig.kafka.turn('up');
    await until('Kafka answers', () => !rig.drain.isFailing);
    await rig.drain.finish(60_000);
    assert.equal(rig.spool.isEmpty, true);
    await rig.checkAll();
  });

  it('goes on through outages that come and go at random', async () => {
    for (let round = 0; round < 10; round += 1) {
      await using rig = await Rig.open();
      const states = ['up', 'failing', 'hanging', 'up'] as const;
      for (let step = 0; step < 12; step += 1) {
        rig.kafka.turn(states[Math.floor(Math.random() * states.length)] ?? 'up');
        const isDiskBad = Math.random() < 0.2;
        rig.disk.inject({ failsAt: () => isDiskBad && Math.random() < 0.2 });
        rig.put(1 + Math.floor(Math.random() * 30));
        await new Promise((resolve) => setTimeout(resolve, Math.random() * 30));
      }
      rig.disk.inject({});
      rig.kafka.turn('up');
      await rig.checkAll();
    }
  });
});

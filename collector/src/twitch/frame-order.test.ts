import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import { type Frame, FrameOrder, type FrameReader, WAITING_BYTES_MAX } from './frame-order.ts';

const AHEAD_MS = 500;
const PRESENT_MS = 1_000;
const NOW_MS = 100_000;

/** A connection whose frames are their stamps. */
class FakeReader implements FrameReader {
  vouchedMs = 0;
  isReading = true;
  isPaused = false;
  pings = 0;
  readonly #log: [name: string, atMs: number][];
  readonly name: string;

  constructor(name: string, log: [string, number][]) {
    this.name = name;
    this.#log = log;
  }

  read({ bytes }: Frame): void {
    this.vouchedMs = Number(bytes.toString().trim());
    this.#log.push([this.name, this.vouchedMs]);
  }

  pause(): void {
    this.isPaused = true;
  }

  resume(): void {
    this.isPaused = false;
  }

  answered(): Promise<void> {
    this.pings += 1;
    return Promise.resolve();
  }
}

class Scene {
  readonly log: [string, number][] = [];
  readonly readers = ['a', 'b', 'c'].map((name) => new FakeReader(name, this.log));
  nowMs = NOW_MS;
  readonly order = new FrameOrder({
    aheadMs: AHEAD_MS,
    presentMs: PRESENT_MS,
    eventNowMs: () => this.nowMs,
    readers: () => this.readers,
  });

  get a(): FakeReader {
    return this.readers[0] as FakeReader;
  }

  get b(): FakeReader {
    return this.readers[1] as FakeReader;
  }

  get c(): FakeReader {
    return this.readers[2] as FakeReader;
  }

  frame(reader: FakeReader, atMs: number, bytes = 10): void {
    this.order.take(reader, {
      bytes: Buffer.from(String(atMs).padStart(bytes)),
      isBinary: false,
    });
  }

  async settle(): Promise<void> {
    for (let i = 0; i < 50; i += 1) await turn();
  }
}

/** With everybody read up to this moment. */
function readTo(atMs: number): Scene {
  const scene = new Scene();
  for (const reader of scene.readers) reader.vouchedMs = atMs;
  return scene;
}

describe(FrameOrder.name, () => {
  it('reads frames as they come while there is nothing to catch up with', () => {
    const scene = readTo(90_000);
    scene.frame(scene.a, 99_000);
    scene.frame(scene.a, 99_900);
    assert.deepEqual(scene.log.length, 2);
  });

  it('reads nobody further than a little beyond the slowest one', async () => {
    const scene = readTo(40_000);
    scene.order.catchUp();
    for (let atMs = 40_200; atMs <= 42_000; atMs += 200) scene.frame(scene.a, atMs);
    await scene.settle();
    assert.equal(scene.a.vouchedMs, 40_600, 'one frame beyond the bound');
    scene.frame(scene.b, 40_400);
    scene.frame(scene.c, 40_300);
    await scene.settle();
    assert.equal(scene.a.vouchedMs, 41_000);
  });

  it('asks those that everybody waits for', async () => {
    const scene = readTo(40_000);
    scene.order.catchUp();
    scene.frame(scene.a, 41_000);
    scene.frame(scene.a, 42_000);
    await scene.settle();
    scene.order.check();
    assert.deepEqual(
      scene.readers.map(({ pings }) => pings),
      [0, 1, 1],
    );
    scene.b.vouchedMs = scene.c.vouchedMs = NOW_MS;
    scene.order.check();
    await scene.settle();
    assert.equal(scene.a.vouchedMs, 42_000);
  });

  it('ends when all that was there is read, and asks nobody any more', async () => {
    const scene = readTo(40_000);
    scene.order.catchUp();
    scene.frame(scene.a, 99_000);
    scene.frame(scene.a, 99_100);
    for (const reader of scene.readers) reader.vouchedMs = NOW_MS;
    scene.nowMs += PRESENT_MS;
    await scene.settle();
    assert.equal(scene.log.length, 2);
    scene.frame(scene.a, 150_000);
    assert.equal(scene.log.length, 3, 'read at once');
    const before = scene.a.pings;
    scene.order.check();
    assert.equal(scene.a.pings, before);
  });

  it('goes on where much came while it caught up', async () => {
    const scene = readTo(NOW_MS);
    scene.order.catchUp();
    scene.nowMs += 10_000;
    scene.frame(scene.a, NOW_MS + 100);
    scene.frame(scene.a, NOW_MS + 9_000);
    scene.frame(scene.a, NOW_MS + 9_100);
    await scene.settle();
    assert.equal(scene.a.vouchedMs, NOW_MS + 9_000);
  });

  it('stops reading the socket of whoever has much waiting, and goes on with it', async () => {
    const scene = readTo(40_000);
    scene.order.catchUp();
    for (let i = 0; i < 8; i += 1) scene.frame(scene.a, 50_000 + i, WAITING_BYTES_MAX / 4);
    await scene.settle();
    assert.ok(scene.a.isPaused);
    assert.ok(scene.order.waitingBytes <= 2 * WAITING_BYTES_MAX);
    scene.b.vouchedMs = scene.c.vouchedMs = 60_000;
    scene.order.check();
    await scene.settle();
    assert.ok(!scene.a.isPaused);
    assert.equal(scene.order.waitingBytes, 0);
  });

  it('goes on not reading that socket when all are read again', async () => {
    const scene = readTo(40_000);
    scene.order.catchUp();
    for (let i = 0; i < 8; i += 1) scene.frame(scene.a, 50_000 + i, WAITING_BYTES_MAX / 4);
    await scene.settle();
    scene.order.pause();
    for (const reader of scene.readers) reader.resume();
    scene.order.resume();
    assert.deepEqual(
      scene.readers.map(({ isPaused }) => isPaused),
      [true, false, false],
    );
  });

  it('waits for nobody who is gone, and reads what came of them', async () => {
    const scene = readTo(40_000);
    scene.order.catchUp();
    scene.frame(scene.a, 50_000);
    scene.frame(scene.a, 51_000);
    await scene.settle();
    scene.a.isReading = scene.b.isReading = false;
    scene.order.end(scene.a);
    assert.deepEqual(scene.log.at(-1), ['a', 51_000]);
  });

  it('waits for what came of a connection that is being closed', async () => {
    const scene = readTo(40_000);
    scene.order.catchUp();
    scene.a.vouchedMs = scene.b.vouchedMs = 39_000;
    scene.frame(scene.c, 40_100);
    await scene.settle();
    scene.a.vouchedMs = scene.b.vouchedMs = 60_000;
    scene.c.isReading = false;
    assert.ok(scene.order.holds(scene.c));
    scene.frame(scene.a, 60_100);
    await scene.settle();
    assert.deepEqual(scene.log, [
      ['c', 40_100],
      ['a', 60_100],
    ]);
    assert.ok(!scene.order.holds(scene.c));
  });

  it('reads nothing while it is paused', async () => {
    const scene = readTo(40_000);
    scene.order.catchUp();
    scene.order.pause();
    scene.frame(scene.a, 40_100);
    await scene.settle();
    assert.equal(scene.log.length, 0);
    scene.order.resume();
    await scene.settle();
    assert.equal(scene.log.length, 1);
  });

  it('reads at once what comes of a connection that is logging in, paused or not', () => {
    const scene = readTo(40_000);
    scene.order.catchUp();
    scene.order.pause();
    scene.a.isReading = false;
    scene.frame(scene.a, 40_100);
    assert.equal(scene.log.length, 1);
  });

  it('loses nothing and keeps the order of each, whoever is quick and whoever is slow', async () => {
    const piece = fc.record({ who: fc.nat(2), byMs: fc.nat(400), settles: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 120 }), async (pieces) => {
        const scene = readTo(40_000);
        scene.order.catchUp();
        const sent: number[][] = [[], [], []];
        const sentMs = [40_000, 40_000, 40_000];
        for (const { who, byMs, settles } of pieces) {
          sentMs[who] = (sentMs[who] ?? 0) + byMs;
          sent[who]?.push(sentMs[who]);
          scene.frame(scene.readers[who] as FakeReader, sentMs[who]);
          if (settles) await turn();
          const least = Math.min(...scene.readers.map(({ vouchedMs }) => vouchedMs));
          const most = Math.max(...scene.readers.map(({ vouchedMs }) => vouchedMs));
          assert.ok(most - least <= AHEAD_MS + 400);
        }
        for (const reader of scene.readers) {
          reader.isReading = false;
          scene.order.end(reader);
        }
        for (const [i, { name }] of scene.readers.entries()) {
          const read = scene.log.filter(([who]) => who === name).map(([, atMs]) => atMs);
          assert.deepEqual(read, sent[i]);
        }
      }),
      { numRuns: 60 },
    );
  });
});

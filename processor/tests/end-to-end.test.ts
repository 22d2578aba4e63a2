import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { WatermarkMoved, WindowsUpdated } from '@crest/shared/records/windows-updated';
import type { WindowDocument } from '../src/store/window-documents.ts';
import { message, notice, observed, tick } from './_util/records.ts';
import { eventually, Stage } from './_util/stage.ts';

const START_MS = 1_790_000_000_000 - (1_790_000_000_000 % 3_600_000);

describe('the processor', () => {
  it('turns chat into messages, windows and updates', async () => {
    await using stage = await Stage.open('processor-e2e');
    await stage.processor();
    const partition = stage.partitionOf('7');
    await stage.write([
      observed('7', START_MS - 5_000),
      tick(START_MS, partition),
      message({ channelId: '7', id: 'm1', atMs: START_MS + 100, userId: '1', text: '!hi 👋' }),
      message({ channelId: '7', id: 'm2', atMs: START_MS + 200, userId: '2', bits: 5, emotes: 2 }),
      message({ channelId: '7', id: 'm2', atMs: START_MS + 200, userId: '2', bits: 5, emotes: 2 }),
      notice({ channelId: '7', id: 'n1', atMs: START_MS + 1_300 }),
      tick(START_MS + 3_610_000, partition),
    ]);
    await eventually(async () => {
      assert.equal(await stage.linesStored(), 3);
      const ten = await stage.ten('7', START_MS);
      assert.equal(ten?.messages, 2);
      assert.equal(ten.chatters, 2);
      assert.equal(ten.subs, 1);
      assert.equal(ten.bits, 5);
      assert.equal(ten.emotes, 2);
      assert.equal(ten.commands, 1);
      assert.equal(ten.length, 5 + 5);
      assert.equal(ten.observedShare, 1);
      assert.deepEqual(ten.seconds.messages, [2, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
      assert.deepEqual(ten.seconds.subs, [0, 1, 0, 0, 0, 0, 0, 0, 0, 0]);
      const hour = await stage.collections.windows1h.findOne({ _id: `7:${START_MS}` });
      assert.equal((hour as WindowDocument | null)?.messages, 2);
    });
    const updates = await eventually(async () => {
      const all = await stage.read<WindowsUpdated | WatermarkMoved>('channelWindows');
      assert.ok(all.some(({ type }) => type === 'watermark.moved'));
      return all.filter((fact) => fact.type === 'windows.updated');
    });
    const finals = updates.flatMap(({ windows }) => windows).filter(({ final }) => final);
    assert.deepEqual(
      finals.map(({ spanSeconds, startMs }) => [spanSeconds, startMs - START_MS]),
      [
        [1, 0],
        [1, 1_000],
        [10, 0],
        [60, 0],
        [3600, 0],
      ],
    );
  });
});

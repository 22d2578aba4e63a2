import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import { errorCodeOf } from '@crest/shared/errors';
import { message, observed, tick } from './_util/records.ts';
import { eventually, Stage } from './_util/stage.ts';

const START_MS = 1_790_000_000_000;
/** Series of one process, whatever the number of channels (docs, Operations). */
const SERIES_MAX = 400;

describe('the processor as a service', () => {
  it('says that it is ready and what it does, in few series, with many channels', async () => {
    await using stage = await Stage.open('processor-service');
    const app = await stage.processor();
    const channels = Array.from({ length: 500 }, (_, i) => String(i));
    await stage.write(channels.map((id) => observed(id, START_MS)));
    await stage.write(
      channels.map((id) => message({ channelId: id, id: `m${id}`, atMs: START_MS })),
    );
    const base = `http://127.0.0.1:${app.httpPort()}`;
    const text = await eventually(async () => {
      const body = await (await fetch(`${base}/metrics`)).text();
      assert.match(body, /^crest_processor_records_total\{type="chat.message"\} 500$/m);
      assert.match(body, /^crest_processor_channels 500$/m);
      return body;
    });
    assert.equal((await fetch(`${base}/readyz`)).status, 200);
    assert.equal((await fetch(`${base}/livez`)).status, 200);
    const series = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    assert.ok(series.length <= SERIES_MAX, `${series.length} series`);
  });

  it('drains and saves on SIGTERM, and the next one goes on from there', async () => {
    await using stage = await Stage.open('processor-sigterm');
    const child = stage.processorProcess({ CREST_STATE_SNAPSHOT_INTERVAL_MS: '600000' });
    const partition = stage.partitionOf('1');
    await stage.write([
      message({ channelId: '1', id: 'a', atMs: START_MS }),
      tick(START_MS, partition),
    ]);
    await eventually(async () => {
      assert.equal(await stage.linesStored(), 1);
    });
    const gone = once(child, 'exit');
    child.kill('SIGTERM');
    assert.deepEqual(await gone, [0, null]);
    const saved = await stage.collections.snapshots.find({}).toArray();
    assert.equal(
      saved.reduce((sum, { nextOffset = 0 }) => sum + nextOffset, 0),
      2,
    );
  });

  it('ends, and says why, when its saved state cannot be read', async () => {
    await using stage = await Stage.open('processor-unreadable', 1);
    const first = await stage.processor();
    await stage.write([tick(START_MS)]);
    await eventually(async () => {
      assert.equal(await stage.collections.snapshots.countDocuments({ nextOffset: 1 }), 1);
    });
    await first.stop();
    await stage.collections.snapshotParts.deleteMany({});
    const next = await stage.processor();
    await stage.write([tick(START_MS + 1_000)]);
    assert.equal(errorCodeOf(await next.failed), 'SNAPSHOT_UNREADABLE');
  });

  it('refuses settings that it does not know', async () => {
    await using stage = await Stage.open('processor-settings', 1);
    await assert.rejects(stage.processor({ CREST_STATE_SNAPSHOTINTERVAL: '1' }), /not a setting/);
  });
});

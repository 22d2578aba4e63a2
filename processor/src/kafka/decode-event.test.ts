import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { decodeChannelEvent } from '@crest/shared/records/channel-event';
import { message, notice, tick } from '../../tests/_util/records.ts';
import { decodeEvent } from './decode-event.ts';

const LINE = message({ channelId: '7', id: 'm', atMs: 1, tags: { color: '#fff' } });

function check(record: unknown): void {
  const value = Buffer.from(typeof record === 'string' ? record : JSON.stringify(record));
  assert.deepEqual(decodeEvent(value), decodeChannelEvent(value));
}

describe('decodeEvent', () => {
  it('answers as the general reader for every kind of record', () => {
    const mirroredFrom = { channelId: '8', id: 'x' };
    check(LINE);
    check({ ...LINE, mirroredFrom });
    check(notice({ channelId: '7', id: 'n', atMs: 1 }));
    check(tick(5));
    check('no JSON');
    check('null');
    assert.deepEqual(decodeEvent(null), decodeChannelEvent(null));
  });

  it('answers as the general reader for lines with any field spoiled', () => {
    const fields = fc.constantFrom(...(Object.keys(LINE) as (keyof typeof LINE)[]));
    const junk = fc.oneof(
      fc.constantFrom(null, -1, 0.5, '', 'x', true, {}, [], undefined),
      fc.integer(),
    );
    fc.assert(
      fc.property(fields, junk, (field, value) => {
        // Tags are passed on unread: only their being an object is looked at.
        if (field === 'tags' && typeof value === 'object') return;
        check({ ...LINE, [field]: value });
      }),
    );
  });
});

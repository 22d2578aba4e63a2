import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { message } from '../../tests/_util/records.ts';
import {
  addToBucket,
  BLOCK_RECORDS,
  bucketKey,
  countOpenLines,
  cutAll,
  cutChannel,
  isNewBlock,
  keyRange,
  singleKey,
  type LineBucket,
  type OpenBuckets,
} from './line-buckets.ts';
import { storedMessageOf, type StoredMessage } from './stored-message.ts';

const START_MS = 1_790_000_000_000;

function line(atMs: number, offset: number, text = 'hi'): StoredMessage {
  return storedMessageOf(message({ channelId: '7', id: `id-${offset}`, atMs, text }), offset);
}

function add(open: OpenBuckets, each: StoredMessage, channelId = '7'): LineBucket | null {
  return addToBucket(open, { channelId, channelLogin: 'seven', partition: 3 }, each);
}

describe('buckets of lines', () => {
  it('hold one channel and ten seconds each, in the order of the log', () => {
    const open: OpenBuckets = new Map();
    const stamps = [START_MS + 9_000, START_MS + 10_000, START_MS + 8_000, START_MS + 10_001];
    stamps.forEach((atMs, i) => add(open, line(atMs, i)));
    add(open, line(START_MS, 9), '8');
    assert.equal(countOpenLines(open), 5);
    const own = cutChannel(open, '7');
    assert.deepEqual(
      own.map(({ slotMs, lines }) => [slotMs - START_MS, lines.map(({ offset }) => offset)]),
      [
        [0, [0, 2]],
        [10_000, [1, 3]],
      ],
    );
    assert.deepEqual(
      cutAll(open).map(({ channelId }) => channelId),
      ['8'],
    );
    assert.equal(countOpenLines(open), 0);
  });

  it('are cut when they are full, of lines or of text', () => {
    const open: OpenBuckets = new Map();
    const cuts = Array.from({ length: 2_500 }, (_, i) => add(open, line(START_MS, i)));
    assert.deepEqual(
      cuts.flatMap((bucket, i) => (bucket === null ? [] : [i])),
      [999, 1_999],
    );
    cutAll(open);
    const long = 'x'.repeat(400_000);
    const byText = Array.from({ length: 3 }, (_, i) => add(open, line(START_MS, i, long)));
    assert.deepEqual(
      byText.map((bucket) => bucket?.lines.length ?? 0),
      [0, 0, 3],
    );
  });

  it('lie within the range of keys of every span that touches them', () => {
    const open: OpenBuckets = new Map();
    add(open, line(START_MS + 9_999, 123_456_789));
    const [bucket] = cutAll(open);
    const keys = [bucketKey(bucket!), singleKey('7', line(START_MS + 9_999, 1))];
    const isIn = (fromMs: number, toMs: number): boolean[] => {
      const { $gte, $lt } = keyRange('7', { fromMs, toMs });
      return keys.map((key) => key >= $gte && key < $lt);
    };
    assert.deepEqual(isIn(START_MS + 9_999, START_MS + 10_000), [true, true]);
    assert.deepEqual(isIn(START_MS + 5_000, START_MS + 30_000), [true, true]);
    assert.deepEqual(isIn(START_MS + 10_000, START_MS + 20_000), [false, false]);
    assert.deepEqual(isIn(START_MS - 10_000, START_MS), [false, false]);
  });

  it('are cut where a block of offsets begins, whether its first offset is there or not', () => {
    assert.equal(isNewBlock(0, 0), true);
    assert.equal(isNewBlock(1, BLOCK_RECORDS - 1), false);
    assert.equal(isNewBlock(BLOCK_RECORDS, BLOCK_RECORDS), true);
    assert.equal(isNewBlock(BLOCK_RECORDS - 5, BLOCK_RECORDS + 5), true);
    assert.equal(isNewBlock(BLOCK_RECORDS + 6, BLOCK_RECORDS + 7), false);
  });
});

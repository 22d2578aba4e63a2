import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { addSpan, common, difference, uncovered, type Span } from './spans.ts';

const END = 40;
const span = fc
  .tuple(fc.nat(END), fc.nat(END))
  .map(([a, b]): Span => ({ fromMs: Math.min(a, b), toMs: Math.max(a, b) }));
const spans = fc.array(span, { maxLength: 8 });

function listOf(all: readonly Span[]): Span[] {
  const list: Span[] = [];
  for (const each of all) addSpan(list, each);
  return list;
}

/** Whether the open unit after each whole moment is covered. */
function unitsOf(all: readonly Span[]): boolean[] {
  return Array.from({ length: END }, (_, ms) =>
    all.some(({ fromMs, toMs }) => fromMs <= ms && ms + 1 <= toMs),
  );
}

describe('spans', () => {
  it('stay sorted and apart, and cover what was added', () => {
    fc.assert(
      fc.property(spans, (all) => {
        const list = listOf(all);
        for (const [i, { fromMs }] of list.entries()) {
          assert.ok(i === 0 || (list[i - 1] as Span).toMs < fromMs);
        }
        assert.deepEqual(unitsOf(list), unitsOf(all));
        for (const { fromMs } of all) {
          assert.ok(list.some((each) => each.fromMs <= fromMs && fromMs <= each.toMs));
        }
      }),
    );
  });

  it('leave, share and differ as sets do', () => {
    fc.assert(
      fc.property(spans, spans, (some, others) => {
        const [a, b] = [listOf(some), listOf(others)];
        const [inA, inB] = [unitsOf(a), unitsOf(b)];
        const left = uncovered(a, { fromMs: 0, toMs: END });
        assert.deepEqual(
          unitsOf(left),
          inA.map((is) => !is),
        );
        assert.deepEqual(
          unitsOf(common(a, b)),
          inA.map((is, i) => is && inB[i] === true),
        );
        assert.deepEqual(
          unitsOf(difference(a, b)),
          inA.map((is, i) => is !== inB[i]),
        );
      }),
    );
  });
});

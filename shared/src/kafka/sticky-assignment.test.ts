import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { assignSticky, type MemberClaim } from './sticky-assignment.ts';

const claims = fc.uniqueArray(
  fc.record({ memberId: fc.string({ minLength: 1 }), held: fc.uniqueArray(fc.nat(40)) }),
  { minLength: 1, maxLength: 6, selector: (claim: MemberClaim) => claim.memberId },
);

describe('assignSticky', () => {
  it('gives every partition to exactly one member, in shares that differ by one at most', () => {
    fc.assert(
      fc.property(claims, fc.integer({ min: 1, max: 32 }), (members, count) => {
        const result = assignSticky(members, count);
        const all = [...result.values()].flat().sort((a, b) => a - b);
        assert.deepEqual(
          all,
          Array.from({ length: count }, (_, p) => p),
        );
        const sizes = [...result.values()].map((partitions) => partitions.length);
        assert.ok(Math.max(...sizes) - Math.min(...sizes) <= 1);
      }),
    );
  });

  it('changes nothing when it is asked again with its own answer', () => {
    fc.assert(
      fc.property(claims, fc.integer({ min: 1, max: 32 }), (members, count) => {
        const first = assignSticky(members, count);
        const again = [...first].map(([memberId, held]) => ({ memberId, held }));
        assert.deepEqual(assignSticky(again, count), first);
      }),
    );
  });

  it('moves only what a new member must get', () => {
    const before = assignSticky(
      [
        { memberId: 'a', held: [] },
        { memberId: 'b', held: [] },
      ],
      12,
    );
    const joined = [...before].map(([memberId, held]) => ({ memberId, held }));
    const after = assignSticky([...joined, { memberId: 'c', held: [] }], 12);
    for (const id of ['a', 'b']) {
      const kept = (after.get(id) ?? []).filter((p) => before.get(id)?.includes(p));
      assert.equal(kept.length, 4);
    }
    assert.equal(after.get('c')?.length, 4);
  });
});

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { RecentIds } from './recent-ids.ts';

describe('RecentIds', () => {
  it('knows an id for at least half its size, forgets none early, and stays bounded', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(60), { maxLength: 400 }), (numbers) => {
        const idsMax = 20;
        const recent = new RecentIds(idsMax);
        const added: string[] = [];
        for (const number of numbers) {
          const id = `room/${number}`;
          const isNew = recent.add(id);
          if (isNew) added.push(id);
          else assert.ok(added.includes(id));
          assert.ok(
            !isNew ||
              !added
                .slice(0, -1)
                .slice(-idsMax / 2)
                .includes(id),
          );
          assert.ok(recent.size <= idsMax);
        }
      }),
    );
  });
});

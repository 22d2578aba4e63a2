import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import fc from 'fast-check';

import { BoundedMap } from './bounded-map.ts';

describe(BoundedMap.name, () => {
  it('holds what was used last, as a list that is kept in order of use does', () => {
    const key = fc.integer({ min: 0, max: 5 });
    const step = fc.tuple(fc.constantFrom('get', 'set', 'delete'), key);
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const map = new BoundedMap<number, string>(3);
        let model: { key: number; value: string }[] = [];
        for (const [index, [action, wanted]] of steps.entries()) {
          const held = model.find((each) => each.key === wanted);
          const others = model.filter((each) => each.key !== wanted);
          if (action === 'get') {
            assert.equal(map.get(wanted), held?.value);
            if (held !== undefined) model = [...others, held];
          } else if (action === 'delete') {
            map.delete(wanted);
            model = others;
          } else {
            map.set(wanted, `value ${index}`);
            model = [...others, { key: wanted, value: `value ${index}` }].slice(-3);
          }
          assert.equal(map.size, model.length);
        }
        for (const each of model) assert.equal(map.get(each.key), each.value);
      }),
    );
  });
});

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FAULT_KINDS, parseFaultOrder } from './faults.ts';

describe(parseFaultOrder.name, () => {
  for (const fault of FAULT_KINDS.filter((kind) => kind !== 'bend-stamps')) {
    it(`takes ${fault} with nothing else said`, () => {
      assert.equal(parseFaultOrder({ fault }).ok, true);
    });
  }

  const wrong: [name: string, order: unknown, reason: RegExp][] = [
    ['an unknown fault', { fault: 'earthquake' }, /must be one of cut,/],
    ['nothing at all', null, /must be one of/],
    ['a word that the fault has no use for', { fault: 'cut', lines: 3 }, /lines/],
    ['bent stamps without a by', { fault: 'bend-stamps' }, /byMs/],
    ['no connections', { fault: 'cut', connections: 0 }, /connections/],
  ];
  for (const [name, order, reason] of wrong) {
    it(`refuses ${name} with a reason`, () => {
      const parsed = parseFaultOrder(order);
      assert.ok(!parsed.ok);
      assert.match(parsed.reason, reason);
    });
  }
});

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseRule } from '@crest/shared/domain/rule';
import { firingRules, isFiring } from './firing-rules.ts';

const ROOMS = Array.from({ length: 2_000 }, (_, index) => ({ id: String(index + 1) }));

describe('firingRules', () => {
  it('makes a thousand valid rules, one in five within reach of its room', () => {
    const rules = firingRules(ROOMS, 5_000);
    assert.equal(rules.length, 1_000);
    for (const rule of rules) assert.equal(parseRule(rule).ok, true);
    const firing = rules.filter((_, index) => isFiring(index));
    assert.equal(firing.length, 200);
    for (const { condition, target } of firing) {
      assert.equal(condition.kind, 'messages');
      const rank = target.kind === 'channels' ? Number(target.channelIds[0]) : NaN;
      const expected =
        (611.6 / rank) * (condition.kind === 'messages' ? condition.withinSeconds : 0);
      assert.ok(condition.kind === 'messages' && condition.atLeast > expected);
      assert.ok(condition.atLeast < expected * 1.5 + 6);
    }
  });
});

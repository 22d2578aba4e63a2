import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { Faults } from './faults.ts';

describe(Faults.name, () => {
  it('spoils as many of the next requests as it is told, then none', () => {
    const faults = new Faults(1);
    faults.set({ next: { throttle: 2, lose: 1 } });
    const drawn = Array.from({ length: 4 }, () => faults.draw('Publish'));
    assert.deepEqual(drawn, ['throttle', 'throttle', 'lose', undefined]);
    assert.deepEqual(faults.injected, { throttle: 2, fail: 0, refuse: 0, hang: 0, lose: 1 });
  });

  it('leaves other actions alone', () => {
    const faults = new Faults(1);
    faults.set({ next: { fail: 1 }, latencyMs: 5, actions: ['Publish'] });
    assert.equal(faults.draw('Subscribe'), undefined);
    assert.equal(faults.latencyMs('Subscribe'), 0);
    assert.equal(faults.latencyMs('Publish'), 5);
    assert.equal(faults.draw('Publish'), 'fail');
  });

  it('spoils the same requests for the same seed, in about the share given', () => {
    const draw = (seed: number): unknown[] => {
      const faults = new Faults(seed);
      faults.set({ rates: { fail: 0.2, hang: 0.1 } });
      return Array.from({ length: 2_000 }, () => faults.draw('Publish'));
    };
    const drawn = draw(7);
    assert.deepEqual(draw(7), drawn);
    assert.notDeepEqual(draw(8), drawn);
    const share = (kind: string): number => drawn.filter((each) => each === kind).length / 2_000;
    assert.ok(Math.abs(share('fail') - 0.2) < 0.03, String(share('fail')));
    assert.ok(Math.abs(share('hang') - 0.1) < 0.03, String(share('hang')));
  });

  it('goes on without faults when cleared', () => {
    const faults = new Faults(1);
    faults.set({ rates: { fail: 1 }, latencyMs: 9 });
    faults.clear();
    assert.equal(faults.draw('Publish'), undefined);
    assert.equal(faults.latencyMs('Publish'), 0);
  });
});

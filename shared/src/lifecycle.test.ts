import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { errorCodeOf } from './errors.ts';
import { Lifecycle } from './lifecycle.ts';

describe('Lifecycle', () => {
  it('stops its parts last in, first out', async () => {
    const stopped: string[] = [];
    const life = new Lifecycle({ timeoutMs: 1_000 });
    for (const name of ['kafka', 'pool', 'http']) {
      life.onStop(name, () => void stopped.push(name));
    }
    await life.stop();
    assert.deepEqual(stopped, ['http', 'pool', 'kafka']);
  });

  it('aborts its signal before the first part is asked to stop', async () => {
    const life = new Lifecycle({ timeoutMs: 1_000 });
    let aborted = false;
    life.onStop('part', () => {
      aborted = life.signal.aborted;
    });
    await life.stop();
    assert.ok(aborted);
  });

  it('stops once, however often it is asked', async () => {
    let times = 0;
    const life = new Lifecycle({ timeoutMs: 1_000 });
    life.onStop('part', () => void (times += 1));
    await Promise.all([life.stop(), life.stop()]);
    await life.stop();
    assert.equal(times, 1);
  });

  it('goes on after a part that fails, and reports it', async () => {
    const stopped: string[] = [];
    const life = new Lifecycle({ timeoutMs: 1_000 });
    life.onStop('first', () => void stopped.push('first'));
    life.onStop('broken', () => Promise.reject(new Error('no')));
    await assert.rejects(life.stop(), AggregateError);
    assert.deepEqual(stopped, ['first']);
  });

  it('gives a part that hangs no more than the time-out, and names it', async () => {
    const stopped: string[] = [];
    const life = new Lifecycle({ timeoutMs: 20 });
    life.onStop('first', () => void stopped.push('first'));
    life.onStop('hanging', () => new Promise(() => undefined));
    await assert.rejects(life.stop(), (error: AggregateError) => {
      assert.equal(errorCodeOf(error.errors[0]), 'SHUTDOWN_TIMEOUT');
      assert.match(String(error.errors[0]), /hanging/);
      return true;
    });
    assert.deepEqual(stopped, ['first']);
  });

  it('stops a part at once that comes up while it stops', async () => {
    const stopped: string[] = [];
    const life = new Lifecycle({ timeoutMs: 1_000 });
    const done = life.stop();
    life.onStop('late', () => void stopped.push('late'));
    await done;
    await life.stop();
    assert.deepEqual(stopped, ['late']);
  });

  it('passes on the first failure that a part reports', async () => {
    const life = new Lifecycle({ timeoutMs: 20 });
    life.fail(new Error('first'));
    life.fail(new Error('second'));
    assert.match(String(await life.failed), /first/);
  });
});

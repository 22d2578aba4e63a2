import assert from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, describe, it } from 'node:test';
import { MemoryOutbox } from '../../tests/_util/memory-outbox.ts';
import type { Alert } from '../core/alert.ts';
import { claim, newEntry, type OutboxEntry } from '../core/outbox.ts';
import type { LeaseClock } from './lease.ts';
import type { Notifier, OutgoingAlert, SendResult } from '../notifiers/notifier.ts';
import { OutboxHealth } from './outbox-health.ts';
import { Sender, type SenderOptions } from './sender.ts';

const ACCEPTED: SendResult = { outcome: 'accepted', providerMessageId: 'm' };

/** A notifier whose sends end when the test says so. */
class PretendNotifier implements Notifier {
  readonly sent: OutgoingAlert[] = [];
  readonly #open: ((result: SendResult) => void)[] = [];
  answer: SendResult | null = ACCEPTED;

  prepare(): Promise<void> {
    return Promise.resolve();
  }

  send(alert: OutgoingAlert): Promise<SendResult> {
    this.sent.push(alert);
    if (this.answer !== null) return Promise.resolve(this.answer);
    return new Promise((resolve) => this.#open.push(resolve));
  }

  /** Ends the oldest open send. */
  finish(result: SendResult): void {
    this.#open.shift()?.(result);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

function alert(id: string): OutboxEntry {
  return newEntry({
    _id: id,
    createdAtMs: 0,
    ruleId: 'rule',
    channelId: '11',
    destination: { kind: 'sms', phone: '+4915112345678' },
  } as Alert);
}

/** A clock by which every look at the steady time is a minute after the one before. */
const steadyLater: LeaseClock = {
  nowMs: () => 1_000,
  steadyMs: (() => {
    let steadyMs = 0;
    return () => (steadyMs += 60_000);
  })(),
};

describe('Sender', () => {
  const running: Sender[] = [];

  afterEach(async () => {
    await Promise.all(running.splice(0).map((sender) => sender.stop()));
  });

  function start(change: Partial<SenderOptions> = {}) {
    const store = new MemoryOutbox();
    const notifier = new PretendNotifier();
    const clock = { nowMs: 1_000 };
    const seen: string[] = [];
    const steadyMs = (): number => clock.nowMs;
    const sender = new Sender({
      store,
      health: new OutboxHealth(steadyMs),
      notifier,
      policy: {
        backoff: { initialMs: 100, maxMs: 100, factor: 1 },
        attemptsMax: 3,
        ageMaxMs: 1e9,
      },
      owner: 'me',
      inFlightMax: 2,
      leaseMs: 60_000,
      pollIntervalMs: 60_000,
      clock: { nowMs: () => clock.nowMs, steadyMs },
      random: () => 1,
      events: {
        attempted: (_, { outcome }, { state }) => seen.push(`${outcome} ${String(state)}`),
        leaseLost: () => seen.push('lease lost'),
        overtaken: () => seen.push('overtaken'),
        outboxFailed: () => seen.push('outbox failed'),
      },
      onBug: (error) => seen.push(`bug: ${error.message}`),
      ...change,
    });
    running.push(sender);
    sender.start();
    return { store, notifier, sender, clock, seen };
  }

  async function settled(): Promise<void> {
    for (let i = 0; i < 20; i += 1) await turn();
  }

  it('sends what is due and writes down that it was sent', async () => {
    const { store, notifier, sender } = start();
    await store.insert([alert('a'), alert('b'), alert('c')]);
    sender.wake();
    await settled();
    assert.deepEqual(
      notifier.sent.map(({ alertId }) => alertId),
      ['a', 'b', 'c'],
    );
    assert.deepEqual(
      [...store.entries.values()].map(({ state, sentAtMs }) => [state, sentAtMs]),
      Array(3).fill(['sent', 1_000]),
    );
  });

  it('has no more in flight than it may, and goes on when one is done', async () => {
    const { store, notifier, sender } = start();
    notifier.answer = null;
    await store.insert([alert('a'), alert('b'), alert('c')]);
    sender.wake();
    await settled();
    assert.equal(notifier.sent.length, 2);
    notifier.finish(ACCEPTED);
    await settled();
    assert.equal(notifier.sent.length, 3);
    notifier.finish(ACCEPTED);
    notifier.finish(ACCEPTED);
  });

  it('tries again when the time has come, and gives up after the last try', async () => {
    const { store, notifier, sender, clock, seen } = start();
    notifier.answer = { outcome: 'retry', reason: 'throttled' };
    await store.insert([alert('a')]);
    for (let i = 0; i < 6; i += 1) {
      sender.wake();
      await settled();
      clock.nowMs += 50;
    }
    assert.deepEqual(seen, ['retry due', 'retry due', 'retry failed']);
  });

  it('writes an outcome down until the database has it, and sends but once', async () => {
    const { store, notifier, sender, seen } = start();
    notifier.answer = null;
    await store.insert([alert('a')]);
    sender.wake();
    await settled();
    store.failures = 1;
    notifier.finish(ACCEPTED);
    await sender.stop();
    assert.equal(notifier.sent.length, 1);
    assert.equal(store.entries.get('a')?.state, 'sent');
    assert.deepEqual(seen, ['accepted sent', 'outbox failed']);
  });

  it('sends but once when its lease ended while the database was away', async () => {
    const { store, notifier, sender, clock } = start();
    notifier.answer = null;
    await store.insert([alert('a')]);
    sender.wake();
    await settled();
    // Nothing could be renewed, and what came of the send is not written down yet.
    clock.nowMs += 100_000;
    notifier.answer = ACCEPTED;
    sender.wake();
    await settled();
    notifier.finish(ACCEPTED);
    await settled();
    assert.equal(notifier.sent.length, 1);
    assert.equal(store.entries.get('a')?.state, 'sent');
  });

  it('sends nothing when it woke too late', async () => {
    const { store, notifier, sender, clock, seen } = start();
    await store.insert([alert('a')]);
    const claimed = store.claimNext.bind(store);
    store.claimNext = async (...args) => {
      const entry = await claimed(...args);
      store.claimNext = () => Promise.resolve(null);
      // The process stands still between the claim and the send.
      clock.nowMs += 100_000;
      return entry;
    };
    sender.wake();
    await settled();
    assert.equal(notifier.sent.length, 0);
    assert.deepEqual(seen, ['lease lost']);
  });

  it('sends nothing when the wall clock was put back meanwhile and the lease is over', async () => {
    const { store, notifier, sender, clock, seen } = start({ clock: steadyLater });
    await store.insert([alert('a')]);
    sender.wake();
    await settled();
    assert.equal(notifier.sent.length, 0);
    assert.deepEqual(seen, ['lease lost']);
    assert.equal(clock.nowMs, 1_000);
  });

  it('sends what was put into the outbox as claimed, without claiming it again', async () => {
    const { store, notifier, sender } = start();
    await settled();
    const reservation = sender.reserve(3);
    assert.equal(reservation.count, 2);
    const entries = ['a', 'b'].map((id) => ({
      ...alert(id),
      ...claim(0, reservation.owner, reservation.term.untilMs),
    }));
    await store.insert(entries);
    reservation.launch(entries);
    await settled();
    assert.equal(notifier.sent.length, 2);
    assert.deepEqual(
      [...store.entries.values()].map(({ state, attempts }) => [state, attempts]),
      Array(2).fill(['sent', 1]),
    );
  });

  it('claims nothing while its sends are reserved, and goes on once they are free', async () => {
    const { store, notifier, sender } = start();
    await settled();
    const reservation = sender.reserve(2);
    await store.insert([alert('a')]);
    sender.wake();
    await settled();
    assert.equal(notifier.sent.length, 0);
    reservation.launch([]);
    await settled();
    assert.equal(notifier.sent.length, 1);
  });

  it('reserves nothing of what it is claiming: more would be in flight than may be', async () => {
    const { store, notifier, sender } = start();
    notifier.answer = null;
    await settled();
    await store.insert([alert('a')]);
    sender.wake();
    const reservation = sender.reserve(2);
    assert.equal(reservation.count, 1);
    await settled();
    reservation.launch([]);
    assert.equal(sender.inFlight, 1);
    notifier.finish(ACCEPTED);
  });

  it('takes over what another one left, but not right after the database was away', async () => {
    const { store, notifier, sender, clock, seen } = start();
    const left = { ...alert('a'), ...claim(0, 'killed', 500) };
    await store.insert([left]);
    store.failures = 1;
    sender.wake();
    await settled();
    sender.wake();
    await settled();
    assert.deepEqual(seen, ['outbox failed']);
    assert.equal(notifier.sent.length, 0);
    clock.nowMs += 20_000;
    sender.wake();
    await settled();
    assert.equal(notifier.sent.length, 1);
  });

  it('says when another one took its entry over during the send', async () => {
    const { store, notifier, sender, seen } = start();
    notifier.answer = null;
    await store.insert([alert('a')]);
    sender.wake();
    await settled();
    const entry = store.entries.get('a');
    assert.ok(entry);
    store.entries.set('a', { ...entry, ...claim(entry.attempts, 'other', 1e9) });
    notifier.finish(ACCEPTED);
    await settled();
    assert.deepEqual(seen, ['accepted sent', 'overtaken']);
    assert.equal(store.entries.get('a')?.state, 'sending');
  });

  it('waits for sends in flight when it stops, and claims nothing more', async () => {
    const { store, notifier, sender } = start();
    notifier.answer = null;
    await store.insert([alert('a')]);
    sender.wake();
    await settled();
    const stopped = sender.stop();
    await store.insert([alert('b')]);
    sender.wake();
    notifier.finish(ACCEPTED);
    await stopped;
    assert.deepEqual(
      [...store.entries.values()].map(({ state }) => state),
      ['sent', 'due'],
    );
  });

  it('waits also for what is launched while it stops, and launches nothing after that', async () => {
    const { store, notifier, sender } = start();
    const [early, late] = [sender.reserve(1), sender.reserve(1)];
    const [first, second] = [early, late].map(({ owner, term }, i) => ({
      ...alert(`alert-${i}`),
      ...claim(0, owner, term.untilMs),
    }));
    assert.ok(first && second);
    await store.insert([first, second]);
    notifier.answer = null;
    await store.insert([alert('in flight')]);
    early.launch([first]);
    const stopped = sender.stop();
    notifier.finish(ACCEPTED);
    await stopped;
    late.launch([second]);
    await settled();
    assert.deepEqual(
      notifier.sent.map(({ alertId }) => alertId),
      ['alert-0'],
    );
    assert.deepEqual(
      [...store.entries.values()].map(({ state }) => state),
      ['sent', 'sending', 'due'],
    );
  });

  it('reports a notifier that breaks its promise', async () => {
    const { store, notifier, sender, seen } = start();
    notifier.send = () => Promise.reject(new Error('oops'));
    await store.insert([alert('a')]);
    sender.wake();
    await settled();
    assert.deepEqual(seen, ['bug: oops']);
  });
});

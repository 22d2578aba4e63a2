import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FAILED_STARTS_MAX } from '../core/restart-policy.ts';
import type { ServerExit, ServerProcess } from '../servers/server-process.ts';
import type { PartEvent, PartStatus } from './part.ts';
import { Supervisor } from './supervisor.ts';

/** A process by hand. */
function fakeProcess(pid: number) {
  const exit = Promise.withResolvers<ServerExit>();
  const signals: string[] = [];
  const end = (how: ServerExit): void => exit.resolve(how);
  return {
    pid,
    exited: exit.promise,
    end,
    stop: () => (end({ code: 0, signal: null }), exit.promise),
    kill: () => (end({ code: null, signal: 'SIGKILL' }), exit.promise),
    signals,
    signal: (name: string) => void signals.push(name),
  } satisfies ServerProcess & { end: (exit: ServerExit) => void; signals: string[] };
}

/** A supervisor whose clock and waits are in our hands. */
function supervise() {
  const events: PartEvent[] = [];
  const waits: { ms: number; resolve: () => void; reject: (error: Error) => void }[] = [];
  let nowMs = 0;
  const supervisor = new Supervisor({
    onEvent: (event) => events.push(event),
    nowMs: () => nowMs,
    random: () => 0,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        signal.addEventListener('abort', () => reject(new Error('aborted')));
        waits.push({ ms, resolve, reject });
      }),
  });
  return { supervisor, events, waits, pass: (ms: number) => (nowMs += ms) };
}

/** Lets every promise that can settle do so. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const statusesOf = (supervisor: Supervisor): PartStatus[] => supervisor.statuses;

const CRASH: ServerExit = { code: 1, signal: null };

describe('Supervisor', () => {
  it('starts a part that crashed again, after a back-off, and counts it', async () => {
    const { supervisor, waits, events } = supervise();
    const processes = [fakeProcess(11), fakeProcess(12)];
    let started = 0;
    await supervisor.run({ name: 'collector', start: async () => processes[started++]! });
    processes[0]!.end(CRASH);
    await settle();
    assert.deepEqual(statusesOf(supervisor), [
      { name: 'collector', state: 'backing-off', pid: null, restarts: 1, kills: 1 },
    ]);
    assert.equal(waits[0]!.ms, 250);
    waits[0]!.resolve();
    await settle();
    assert.deepEqual(statusesOf(supervisor), [
      { name: 'collector', state: 'up', pid: 12, restarts: 1, kills: 1 },
    ]);
    assert.deepEqual(
      events.map(({ kind }) => kind),
      ['up', 'ended', 'up'],
    );
    await supervisor.stop(['collector']);
    assert.equal(supervisor.statuses[0]?.state, 'down');
  });

  it('restarts without back-off after a kill that was ordered', async () => {
    const { supervisor, waits } = supervise();
    let pid = 0;
    await supervisor.run({ name: 'kafka', start: async () => fakeProcess((pid += 1)) });
    await supervisor.kill('kafka');
    await settle();
    assert.equal(waits[0]!.ms, 0);
    waits[0]!.resolve();
    await settle();
    assert.equal(supervisor.statuses[0]?.pid, 2);
    await supervisor.stop(['kafka']);
  });

  it('gives up on a part that does not come up any more, and says so', async () => {
    const { supervisor, waits } = supervise();
    const first = fakeProcess(1);
    let starts = 0;
    await supervisor.run({
      name: 'alerter',
      start: () => (starts++ === 0 ? Promise.resolve(first) : Promise.reject(new Error('no'))),
    });
    first.end(CRASH);
    for (let i = 0; i < FAILED_STARTS_MAX; i += 1) {
      await settle();
      waits[i]?.resolve();
    }
    const error = await supervisor.failed;
    assert.match(error.message, /alerter/);
    assert.equal(supervisor.statuses[0]?.state, 'failed');
    await supervisor.stop(['alerter']);
  });

  it('starts nothing more once it was stopped, not even out of a back-off', async () => {
    const { supervisor, waits } = supervise();
    let starts = 0;
    const first = fakeProcess(1);
    await supervisor.run({ name: 'processor', start: async () => ((starts += 1), first) });
    first.end(CRASH);
    await settle();
    assert.equal(waits.length, 1);
    await supervisor.stop(['processor']);
    assert.equal(starts, 1);
    assert.equal(supervisor.statuses[0]?.state, 'down');
  });

  it('passes on why a first start failed', async () => {
    const { supervisor } = supervise();
    await assert.rejects(
      supervisor.run({ name: 'mongodb', start: () => Promise.reject(new Error('port taken')) }),
      /port taken/,
    );
    assert.equal(supervisor.statuses[0]?.state, 'failed');
  });

  it('tries a first start again where it may, and no more often than that', async () => {
    const { supervisor, waits } = supervise();
    let starts = 0;
    const start = async (): Promise<ServerProcess> => {
      starts += 1;
      if (starts < 3) throw new Error('not yet');
      return fakeProcess(1);
    };
    const running = supervisor.run({ name: 'collector', start, firstStartsMax: 3 });
    for (let each = 0; each < 2; each += 1) {
      await settle();
      waits[each]?.resolve();
    }
    assert.equal((await running).pid, 1);
    assert.equal(supervisor.stateOf('collector'), 'up');
    await supervisor.stop(['collector']);

    starts = -10;
    const second = supervisor.run({ name: 'alerter', start, firstStartsMax: 2 });
    await settle();
    waits[2]?.resolve();
    await assert.rejects(second, /not yet/);
    assert.equal(starts, -8);
  });

  it('gives up a start that is not finished', async () => {
    const { supervisor } = supervise();
    const start = (signal: AbortSignal): Promise<ServerProcess> =>
      new Promise((_, reject) => {
        signal.addEventListener('abort', () => reject(new Error('given up')));
      });
    const running = supervisor.run({ name: 'alerter', start });
    supervisor.cancelStarts();
    await assert.rejects(running, /given up/);
    await supervisor.stop(['alerter']);
    assert.equal(supervisor.statuses[0]?.state, 'down');
  });

  it('kills everything at once when told to', async () => {
    const { supervisor } = supervise();
    const processes = [fakeProcess(1), fakeProcess(2)];
    await supervisor.run({ name: 'a', start: async () => processes[0]! });
    await supervisor.run({ name: 'b', start: async () => processes[1]! });
    await supervisor.killAll();
    assert.equal((await processes[0]!.exited).signal, 'SIGKILL');
    assert.deepEqual(
      supervisor.statuses.map(({ state }) => state),
      ['down', 'down'],
    );
  });

  /** A part of which each start gives the next process; waits are over at once. */
  async function supervised(name: string) {
    const { supervisor, waits, events } = supervise();
    const processes: ReturnType<typeof fakeProcess>[] = [];
    const start = async (): Promise<ServerProcess> => {
      const made = fakeProcess(processes.length + 1);
      processes.push(made);
      return made;
    };
    await supervisor.run({ name, start });
    const goOn = async (): Promise<void> => {
      await settle();
      waits.splice(0).forEach(({ resolve }) => resolve());
      await settle();
    };
    return { supervisor, processes, events, goOn };
  }

  it('keeps a held part down until it is released', async () => {
    const { supervisor, processes, goOn } = await supervised('kafka');
    assert.equal(await supervisor.hold('kafka'), true);
    await goOn();
    assert.equal(supervisor.stateOf('kafka'), 'held');
    assert.equal(processes.length, 1);
    await supervisor.release('kafka');
    assert.equal(supervisor.stateOf('kafka'), 'up');
    assert.equal(processes.length, 2);
    await supervisor.stop(['kafka']);
  });

  it('stops a held part without starting it again', async () => {
    const { supervisor, processes, goOn } = await supervised('kafka');
    await supervisor.hold('kafka');
    await goOn();
    await supervisor.stop(['kafka']);
    assert.equal(supervisor.stateOf('kafka'), 'down');
    assert.equal(processes.length, 1);
  });

  it('pauses a part and lets it go on, and wakes it before it is to stop', async () => {
    const { supervisor, processes } = await supervised('alerter');
    assert.equal(supervisor.pause('alerter'), true);
    assert.equal(supervisor.stateOf('alerter'), 'paused');
    assert.equal(supervisor.pause('alerter'), false);
    supervisor.resume('alerter');
    assert.equal(supervisor.stateOf('alerter'), 'up');
    supervisor.pause('alerter');
    await supervisor.stop(['alerter']);
    assert.deepEqual(processes[0]?.signals, ['SIGSTOP', 'SIGCONT', 'SIGSTOP', 'SIGCONT']);
  });

  it('kills a paused part too', async () => {
    const { supervisor, goOn } = await supervised('processor');
    supervisor.pause('processor');
    assert.equal(await supervisor.kill('processor'), true);
    await goOn();
    assert.equal(supervisor.stateOf('processor'), 'up');
    await supervisor.stop(['processor']);
  });

  it('rolls a part: it drains, starts again at once, and that is no kill', async () => {
    const { supervisor, goOn, events } = await supervised('collector');
    const rolled = supervisor.roll('collector');
    await goOn();
    await rolled;
    assert.deepEqual(statusesOf(supervisor), [
      { name: 'collector', state: 'up', pid: 2, restarts: 1, kills: 0 },
    ]);
    assert.ok(events.some((event) => event.kind === 'ended' && event.ordered === 'roll'));
    await supervisor.stop(['collector']);
  });

  it('starts a part again only when what it needs is up', async () => {
    const { supervisor, waits } = supervise();
    const goOn = async (): Promise<void> => {
      await settle();
      waits.splice(0).forEach(({ resolve }) => resolve());
      await settle();
    };
    let started = 0;
    await supervisor.run({ name: 'kafka', start: async () => fakeProcess(1) });
    await supervisor.run({
      name: 'processor',
      needs: ['kafka', 'database'],
      start: async () => fakeProcess((started += 1)),
    });
    await supervisor.hold('kafka');
    await supervisor.kill('processor');
    await goOn();
    assert.equal(started, 1);
    await supervisor.release('kafka');
    await goOn();
    assert.equal(started, 2);

    await supervisor.hold('kafka');
    await supervisor.kill('processor');
    await goOn();
    await supervisor.stop(['processor', 'kafka']);
    assert.equal(started, 2);
  });

  it('says that a part will not be up that was stopped', async () => {
    const { supervisor, goOn } = await supervised('collector');
    await supervisor.hold('collector');
    await goOn();
    const up = supervisor.untilUp('collector');
    await supervisor.stop(['collector']);
    await assert.rejects(up, /does not come up/);
    assert.equal(await supervisor.kill('collector'), false);
  });
});

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { choicesOf, TARGETS, type ChaosPlan } from '../core/chaos/chaos-plan.ts';
import type { RunUnderWay } from '../run/run-session.ts';
import { chaosOf } from './chaos.ts';

/** A run by hand: its parts are always up but for those in `away`, and it ends after some acts. */
function handMadeRun({ acts, away = [] }: { acts: number; away?: readonly string[] }) {
  const done: string[] = [];
  const notices: string[] = [];
  const ending = new AbortController();
  const paused = new Set<string>();
  const act = (what: string): void => {
    done.push(what);
    if (done.length >= acts) ending.abort();
  };
  const parts = ['collector-1', 'collector-2', 'processor', 'alerter'];
  const system = {
    plan: { options: { kafka: null } },
    parts: parts.map((name) => ({ name, service: name.replace(/-\d/, '') })),
    supervisor: {
      stateOf: (name: string) => (away.includes(name) ? 'starting' : 'up'),
      kill: async (name: string) => act(`kill ${name}`),
      pause: (name: string) => (paused.add(name), act(`pause ${name}`)),
      resume: (name: string) => void paused.delete(name),
    },
    cut: (pair: string) => (act(`cut ${pair}`), 3),
  };
  const run = {
    system,
    signal: ending.signal,
    observation: () => ({ facts: { phase: 'playing' } }),
    notice: (text: string) => void notices.push(text),
  } as unknown as RunUnderWay;
  return { run, done, notices, paused };
}

function planOf(lists: Partial<Parameters<typeof choicesOf>[0]>, pauseForMs = 1): ChaosPlan {
  return { choices: choicesOf({ kill: [], pause: [], cut: [], ...lists }), everyMs: 1, pauseForMs };
}

describe('chaosOf', () => {
  it('does the same to the same run for the same seed', async () => {
    const plan = planOf({ kill: TARGETS, pause: TARGETS, cut: ['alerter-sns'] });
    const [one, two, other] = [7, 7, 8].map((seed) => ({ seed, ...handMadeRun({ acts: 12 }) }));
    for (const { run, seed } of [one!, two!, other!]) await chaosOf(plan, seed)(run);
    assert.deepEqual(one!.done, two!.done);
    assert.notDeepEqual(one!.done, other!.done);
  });

  it('names the broker and the database as the supervisor does, and picks among processes', async () => {
    const { run, done } = handMadeRun({ acts: 60 });
    await chaosOf(planOf({ kill: TARGETS }), 1)(run);
    assert.deepEqual(
      [...new Set(done)].sort(),
      ['alerter', 'collector-1', 'collector-2', 'database', 'kafka', 'processor'].map(
        (name) => `kill ${name}`,
      ),
    );
  });

  it('leaves alone what is being started, and says so where nothing else is left', async () => {
    const { run, done } = handMadeRun({ acts: 5, away: ['kafka'] });
    await chaosOf(planOf({ kill: ['kafka', 'processor'] }), 1)(run);
    assert.deepEqual(new Set(done), new Set(['kill processor']));

    const ended = handMadeRun({ acts: 1, away: ['alerter'] });
    const phases = ['playing', 'playing', 'playing', 'tail'];
    const observation = () => ({ facts: { phase: phases.shift() ?? 'tail' } });
    await chaosOf(planOf({ kill: ['alerter'] }), 1)({ ...ended.run, observation } as never);
    assert.ok(ended.notices.every((text) => text.includes('nothing runs')));
  });

  it('wakes what it paused when the lines are over, however long the pause was to be', async () => {
    const { run, paused, done } = handMadeRun({ acts: 1 });
    await chaosOf(planOf({ pause: ['processor'] }, 3_600_000), 1)(run);
    assert.deepEqual(done, ['pause processor']);
    assert.equal(paused.size, 0);
  });

  it('tells of every act', async () => {
    const { run, notices } = handMadeRun({ acts: 1 });
    await chaosOf(planOf({ cut: ['alerter-sns'] }), 1)(run);
    assert.deepEqual(notices, ['chaos: alerter-sns is cut, 3 connections']);
  });
});

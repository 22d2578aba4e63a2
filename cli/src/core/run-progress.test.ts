import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  stageOf,
  standingStage,
  STANDS_AFTER_MS,
  watchProgress,
  type RunFacts,
  type Stage,
} from './run-progress.ts';

const DONE: RunFacts = {
  roomsWanted: 3,
  roomsJoined: 3,
  phase: 'tail',
  linesSent: 100,
  messagesStored: 100,
  tailLeftMs: 0,
  processorBehind: 0,
  windowsOpen: 0,
  alerterBehind: 0,
  outboxOpen: 0,
  alertsSent: 5,
};

describe('stageOf', () => {
  const cases: readonly { facts: Partial<RunFacts>; stage: Stage | null }[] = [
    { facts: { phase: 'waiting' }, stage: 'joining' },
    { facts: { phase: 'playing', processorBehind: null }, stage: 'sending' },
    { facts: { tailLeftMs: 5 }, stage: 'waiting for the last hour to end' },
    { facts: { processorBehind: null }, stage: 'processing' },
    { facts: { processorBehind: 2, alerterBehind: 7 }, stage: 'processing' },
    { facts: { windowsOpen: 1 }, stage: 'finishing windows' },
    { facts: { alerterBehind: 1 }, stage: 'alerting' },
    { facts: { outboxOpen: 1 }, stage: 'sending alerts' },
    { facts: {}, stage: null },
  ];
  for (const { facts, stage } of cases) {
    it(`is ${stage ?? 'over'} with ${JSON.stringify(facts)}`, () => {
      assert.equal(stageOf({ ...DONE, ...facts }), stage);
    });
  }
});

describe('standingStage', () => {
  it('names the stage once nothing has moved for two minutes', () => {
    const facts: RunFacts = { ...DONE, phase: 'playing' };
    let watch = watchProgress(null, facts, 0);
    watch = watchProgress(watch, facts, 60_000);
    assert.equal(standingStage(watch, STANDS_AFTER_MS - 1), null);
    assert.equal(standingStage(watch, STANDS_AFTER_MS), 'sending');
  });

  it('takes any stored message, consumed record or sent alert as a move', () => {
    const start: RunFacts = { ...DONE, phase: 'playing', processorBehind: 9 };
    const moves: Partial<RunFacts>[] = [
      { messagesStored: 101 },
      { processorBehind: 8 },
      { alertsSent: 6 },
      { linesSent: 101 },
      { roomsJoined: 4 },
    ];
    for (const move of moves) {
      const watch = watchProgress({ facts: start, movedAtMs: 0 }, { ...start, ...move }, 99);
      assert.equal(watch.movedAtMs, 99, JSON.stringify(move));
    }
  });
});

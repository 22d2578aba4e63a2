import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Rule, RuleCondition, Theme } from '@crest/shared/domain/rule';
import { counterIdOf } from '@crest/shared/records/counter-wanted';
import type { WindowsUpdated } from '@crest/shared/records/windows-updated';
import { PartitionFold, type Firing, type FoldSnapshot } from './partition-fold.ts';
import { RuleBook } from './rule-book.ts';

const T = 1_000_000;

function rule(id: string, condition: RuleCondition, change: Partial<Rule> = {}): Rule {
  return {
    _id: id,
    owner: 'ann',
    target: { kind: 'channels', channelIds: [], channelLogins: ['forsen'] },
    condition,
    cooldownSeconds: 10,
    destinations: [{ kind: 'email', address: 'ann@example.org' }],
    enabled: true,
    createdAtMs: 1,
    ...change,
  };
}

const CROWD = rule('crowd', { kind: 'messages', atLeast: 10, withinSeconds: 3 });
const PHRASE = rule('phrase', { kind: 'phrase', phrase: 'GG', atLeast: 2, withinSeconds: 3 });
const SPIKE = rule('spike', { kind: 'spike', scoreAtLeast: 6 });

function foldOf(...rules: Rule[]): PartitionFold {
  const fold = new PartitionFold();
  fold.startAt({ offset: 0, timestampMs: 0 });
  fold.useRules(new RuleBook(rules, []));
  return fold;
}

function update(
  seconds: Readonly<Record<number, number>>,
  change: { id?: string; login?: string; gg?: number } = {},
): WindowsUpdated {
  const { id = '11', login = 'forsen', gg = 0 } = change;
  return {
    type: 'windows.updated',
    version: 1,
    channelId: id,
    channelLogin: login,
    revision: 1,
    watermarkMs: 0,
    windows: Object.entries(seconds).flatMap(([second, messages]) =>
      ([1, 10] as const).map((spanSeconds) => ({
        spanSeconds,
        startMs: (T + Number(second)) * 1000,
        final: false,
        messages,
        chatters: 0,
        emotes: 0,
        length: 0,
        bits: 0,
        subs: 0,
        commands: 0,
        mirrored: 0,
        counters: gg === 0 ? {} : { [counterIdOf('gg')]: gg },
        observedShare: 1,
      })),
    ),
  };
}

function spike(second: number, score: number, id = '11', login = 'forsen') {
  const atMs = (T + second) * 1000;
  return {
    type: 'spike.found' as const,
    version: 1 as const,
    channelId: id,
    channelLogin: login,
    revision: 1,
    startMs: atMs,
    peakMs: atMs,
    endMs: atMs,
    score,
    messages: 1,
    baselinePerSecond: 1,
  };
}

const finalBefore = (second: number) => ({ watermarkMs: (T + second) * 1000 });

function shown(firings: readonly Firing[]): string[] {
  return firings.map(
    ({ rule: { _id }, channelLogin, episode }) =>
      `${_id} ${channelLogin} ${episode.atSecond - T} ${episode.value}`,
  );
}

describe('PartitionFold', () => {
  it('fires a rule on messages at the early count, once', () => {
    const fold = foldOf(CROWD);
    assert.deepEqual(shown(fold.windowsUpdated(update({ 0: 6, 1: 3 }))), []);
    assert.deepEqual(shown(fold.windowsUpdated(update({ 1: 4 }))), ['crowd forsen 1 10']);
    assert.deepEqual(shown(fold.windowsUpdated(update({ 1: 9 }))), []);
    assert.deepEqual(shown(fold.watermarkMoved(finalBefore(60))), []);
  });

  it('counts one-second windows only', () => {
    assert.deepEqual(shown(foldOf(CROWD).windowsUpdated(update({ 0: 5 }))), []);
  });

  it('counts phrases by their counters', () => {
    const fold = foldOf(PHRASE);
    assert.deepEqual(shown(fold.windowsUpdated(update({ 0: 50 }, { gg: 2 }))), [
      'phrase forsen 0 2',
    ]);
  });

  it('fires a rule on spikes from its score on, once in a cool-down', () => {
    const fold = foldOf(SPIKE);
    const found = [spike(0, 5.9), spike(1, 6), spike(1, 6), spike(10, 9), spike(11, 8)];
    assert.deepEqual(shown(found.flatMap((each) => fold.spikeFound(each))), [
      'spike forsen 1 6',
      'spike forsen 11 8',
    ]);
  });

  it('holds a rule on a theme for each of its channels by itself', () => {
    const target = { kind: 'theme', theme: 'esports' } as const;
    const theme: Theme = {
      _id: 'esports',
      channelIds: ['22'],
      channelLogins: ['forsen'],
      followers: [],
      createdAtMs: 1,
    };
    const fold = new PartitionFold();
    fold.useRules(new RuleBook([{ ...CROWD, target }], [theme]));
    const firings = [
      ...fold.windowsUpdated(update({ 0: 6 })),
      ...fold.windowsUpdated(update({ 0: 6 }, { id: '22', login: 'bob' })),
      ...fold.windowsUpdated(update({ 1: 6 }, { id: '22', login: 'bob' })),
      ...fold.windowsUpdated(update({ 1: 60 }, { id: '33', login: 'carl' })),
    ];
    assert.deepEqual(shown(firings), ['crowd bob 1 12']);
  });

  it('begins a further episode after a second below n and the cool-down', () => {
    const fold = foldOf(CROWD);
    const firings = [
      ...fold.windowsUpdated(update({ 0: 10 })),
      ...fold.watermarkMoved(finalBefore(9)),
      ...fold.windowsUpdated(update({ 9: 10 })),
      ...fold.windowsUpdated(update({ 10: 1 })),
    ];
    assert.deepEqual(shown(firings), ['crowd forsen 0 10', 'crowd forsen 10 11']);
    assert.deepEqual(
      firings.map(({ episode }) => episode.key),
      ['from:0@0.0', `after:${T}`],
    );
  });

  it('goes on for a channel that was quiet for long', () => {
    const fold = foldOf(CROWD);
    fold.windowsUpdated(update({ 0: 10 }));
    fold.watermarkMoved(finalBefore(10_000));
    fold.watermarkMoved(finalBefore(20_000));
    assert.deepEqual(shown(fold.windowsUpdated(update({ 20_000: 10 }))), ['crowd forsen 20000 10']);
  });

  it('lets a rule that is added count from the next open second on', () => {
    const fold = foldOf(SPIKE);
    fold.watermarkMoved(finalBefore(5));
    fold.useRules(new RuleBook([CROWD], []));
    assert.deepEqual(shown(fold.windowsUpdated(update({ 3: 6, 4: 6 }))), []);
    assert.deepEqual(shown(fold.windowsUpdated(update({ 5: 6, 6: 6 }))), ['crowd forsen 6 12']);
  });

  it('starts afresh with a rule whose condition was changed', () => {
    const fold = foldOf(CROWD);
    fold.windowsUpdated(update({ 0: 10 }));
    fold.watermarkMoved(finalBefore(2));
    const changed = rule('crowd', { kind: 'messages', atLeast: 5, withinSeconds: 3 });
    fold.useRules(new RuleBook([changed], []));
    assert.deepEqual(shown(fold.windowsUpdated(update({ 2: 5 }))), ['crowd forsen 2 5']);
  });

  it('fires nothing for a rule that is off', () => {
    const fold = foldOf({ ...CROWD, enabled: false });
    assert.deepEqual(shown(fold.windowsUpdated(update({ 0: 100 }))), []);
  });

  it('counts what comes too late and considers it no more', () => {
    const fold = foldOf(CROWD);
    fold.watermarkMoved(finalBefore(1_000));
    assert.deepEqual(shown(fold.windowsUpdated(update({ 0: 100 }))), []);
    assert.equal(fold.tooLate, 1);
  });

  it('goes on from its snapshot as if nothing had happened', () => {
    const rules = [CROWD, PHRASE, SPIKE];
    const whole = foldOf(...rules);
    let stopped = foldOf(...rules);
    const restart = (): void => {
      const json = JSON.stringify(stopped.toSnapshot());
      stopped = PartitionFold.fromSnapshot(JSON.parse(json) as FoldSnapshot);
      stopped.useRules(new RuleBook(rules, []));
    };
    const feed: ((fold: PartitionFold) => Firing[])[] = [
      (fold) => fold.windowsUpdated(update({ 0: 6 }, { gg: 1 })),
      (fold) => fold.windowsUpdated(update({ 1: 6 }, { gg: 1 })),
      (fold) => fold.spikeFound(spike(1, 7)),
      (fold) => fold.watermarkMoved(finalBefore(2)),
      (fold) => fold.windowsUpdated(update({ 1: 7 })),
      (fold) => fold.spikeFound(spike(5, 9)),
      (fold) => fold.watermarkMoved(finalBefore(11)),
      (fold) => fold.windowsUpdated(update({ 11: 12 })),
      (fold) => fold.spikeFound(spike(11, 9)),
    ];
    const seen: string[] = [];
    for (const step of feed) {
      const firings = step(whole);
      seen.push(...shown(firings));
      restart();
      assert.deepEqual(step(stopped), firings);
    }
    assert.deepEqual(seen, [
      'crowd forsen 1 12',
      'phrase forsen 1 2',
      'spike forsen 1 7',
      'crowd forsen 11 12',
      'spike forsen 11 9',
    ]);
  });
});

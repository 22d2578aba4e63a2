import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Rule, RuleDestination } from '@crest/shared/domain/rule';
import { alertOf, destinationKeyOf } from './alert.ts';
import type { Firing } from './partition-fold.ts';
import {
  inSequence,
  lookupOf,
  onePerDestination,
  onlyRulesInForce,
  onlyUntold,
  route,
  toDestinations,
  type Candidate,
  type Facts,
  type KnownAlert,
  type Stage,
} from './stages.ts';

const EMAIL: RuleDestination = { kind: 'email', address: 'ann@example.org' };
const SMS: RuleDestination = { kind: 'sms', phone: '+4915112345678' };

const RULE: Rule = {
  _id: 'rule',
  owner: 'ann',
  target: { kind: 'theme', theme: 'esports' },
  condition: { kind: 'messages', atLeast: 10, withinSeconds: 5 },
  cooldownSeconds: 30,
  destinations: [EMAIL, SMS],
  enabled: true,
  createdAtMs: 1,
};

function firing(
  change: { rule?: Partial<Rule>; episode?: Partial<Firing['episode']> } = {},
): Firing {
  return {
    rule: { ...RULE, ...change.rule },
    channelId: '11',
    channelLogin: 'forsen',
    episode: {
      key: 'after:900',
      atSecond: 1000,
      value: 12,
      early: false,
      otherKeys: [],
      ...change.episode,
    },
  };
}

const FACTS: Facts = { isInForce: () => true, known: [], nowMs: 5 };

function candidatesOf(...firings: Firing[]): readonly Candidate[] {
  const unrouted = firings.map((each) => ({ firing: each, destination: null }));
  return toDestinations(unrouted, FACTS).passed;
}

/** The one door to a stage: kinds of destination that pass, and why others do not. */
function run(stage: Stage, candidates: readonly Candidate[], facts: Partial<Facts> = {}) {
  const { passed, stopped } = stage(candidates, { ...FACTS, ...facts });
  return {
    passed: passed.map(({ destination }) => destination?.kind ?? null),
    stopped: stopped.map(({ reason }) => reason),
  };
}

describe('onlyRulesInForce', () => {
  it('stops the firing of a rule that is gone', () => {
    const gone = { isInForce: () => false };
    assert.deepEqual(run(onlyRulesInForce, candidatesOf(firing()), gone), {
      passed: [],
      stopped: ['rule-gone', 'rule-gone'],
    });
  });
});

describe('toDestinations', () => {
  const cases: [string, Partial<Rule>, string[]][] = [
    ['each destination of the rule', {}, ['email', 'sms']],
    ['the theme of the rule', { destinations: [{ kind: 'theme' }] }, ['theme']],
    [
      'nowhere, where there is no theme',
      {
        target: { kind: 'channels', channelIds: ['11'], channelLogins: [] },
        destinations: [{ kind: 'theme' }],
      },
      [],
    ],
  ];
  for (const [name, rule, kinds] of cases) {
    it(`leads to ${name}`, () => {
      const unrouted = [{ firing: firing({ rule }), destination: null }];
      assert.deepEqual(run(toDestinations, unrouted).passed, kinds);
    });
  }
});

describe('onePerDestination', () => {
  it('stops a destination that the rule names twice', () => {
    const twice = firing({ rule: { destinations: [SMS, EMAIL, { ...SMS }] } });
    assert.deepEqual(run(onePerDestination, candidatesOf(twice)), {
      passed: ['sms', 'email'],
      stopped: ['same-destination'],
    });
  });

  it('lets two firings go to the same destination', () => {
    const two = candidatesOf(firing(), firing({ episode: { key: 'after:1000' } }));
    assert.equal(run(onePerDestination, two).passed.length, 4);
  });
});

describe('onlyUntold', () => {
  const toEmail = { kind: 'email', address: 'ann@example.org', subscriber: 'ann' } as const;
  const known = (change: Partial<KnownAlert>): KnownAlert => ({
    _id: 'some',
    ruleId: 'rule',
    channelId: '11',
    destinationKey: destinationKeyOf(toEmail),
    episodeKey: 'from:0@0.0',
    episodeAtMs: 1_000_000,
    ...change,
  });

  // The rule looks back 5 s and cools down for 30 s; the firing is at second 1000.
  const cases: [string, Partial<KnownAlert>, Partial<Firing['episode']>, boolean][] = [
    ['at the same second', {}, {}, true],
    ['with the same key, wherever it lies', { episodeKey: 'after:900', episodeAtMs: 1 }, {}, true],
    ['just within the cool-down after it', { episodeAtMs: 971_000 }, {}, true],
    ['when the cool-down has passed', { episodeAtMs: 970_000 }, {}, false],
    ['within w before it', { episodeAtMs: 1_005_000 }, {}, true],
    ['longer before it', { episodeAtMs: 1_006_000 }, {}, false],
    ['which the machine knows for another', {}, { otherKeys: ['from:0@0.0'] }, false],
    ['of another rule', { ruleId: 'other' }, {}, false],
    ['of another channel', { channelId: '12' }, {}, false],
  ];
  for (const [name, alert, episode, isStopped] of cases) {
    it(`${isStopped ? 'stops' : 'passes'} a firing ${name}`, () => {
      const found = run(onlyUntold, candidatesOf(firing({ episode })), { known: [known(alert)] });
      assert.deepEqual(found.stopped, isStopped ? ['told-already'] : []);
      // The SMS was never told.
      assert.ok(found.passed.includes('sms'));
    });
  }

  it('asks the outbox for exactly the stretch that it looks at', () => {
    assert.deepEqual(lookupOf(firing()), {
      ruleId: 'rule',
      channelId: '11',
      fromMs: 971_000,
      toMs: 1_005_000,
    });
  });
});

describe('inSequence', () => {
  it('hands what passes one stage to the next and gathers what is stopped', () => {
    const stopFirst: Stage = ([first, ...rest]) => ({
      passed: rest,
      stopped: first === undefined ? [] : [{ candidate: first, reason: 'told-already' }],
    });
    const both = inSequence(stopFirst, stopFirst);
    assert.deepEqual(run(both, candidatesOf(firing())), {
      passed: [],
      stopped: ['told-already', 'told-already'],
    });
  });
});

describe('route', () => {
  it('makes an alert with a readable id for each destination', () => {
    const { alerts, stopped } = route([firing()], FACTS);
    assert.deepEqual(stopped, []);
    assert.deepEqual(
      alerts.map(({ _id }) => _id.replace(/[0-9a-f]{12}$/, '#')),
      ['rule|11|after:900|email-#', 'rule|11|after:900|sms-#'],
    );
    assert.deepEqual(
      alerts.map(({ episodeAtMs, createdAtMs, threshold }) => [
        episodeAtMs,
        createdAtMs,
        threshold,
      ]),
      [
        [1_000_000, 5, 10],
        [1_000_000, 5, 10],
      ],
    );
  });

  it('makes the same alert of an episode, whenever and with whatever count it is told', () => {
    const to = { kind: 'sms', phone: '+4915112345678' } as const;
    const early = alertOf(firing({ episode: { value: 10, early: true, atSecond: 1001 } }), to, 1);
    const late = alertOf(firing(), to, 2);
    assert.equal(early._id, late._id);
  });
});

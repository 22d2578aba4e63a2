import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { RuleCondition } from '@crest/shared/domain/rule';
import fc from 'fast-check';
import { alertTexts, type AlertFacts } from './alert-text.ts';
import { gsm7Length } from './gsm7.ts';

const FACTS: AlertFacts = {
  ruleId: 'big-moment',
  channelLogin: 'forsen',
  condition: { kind: 'messages', atLeast: 300, withinSeconds: 10 },
  value: 312,
  episodeAtMs: Date.UTC(2026, 10, 21, 20, 15, 3),
  shortId: '1a2b3c4d',
};

describe('alertTexts', () => {
  const cases: [string, Partial<AlertFacts>, string, string][] = [
    [
      'messages',
      {},
      'Crest: forsen had 312 messages in 10 s',
      'forsen had 312 messages in 10 s (rule big-moment, 2026-11-21 20:15:03 UTC) #1a2b3c4d',
    ],
    [
      'a spike',
      { condition: { kind: 'spike', scoreAtLeast: 6 }, value: 7.251 },
      'Crest: forsen spiked with a score of 7.3',
      'forsen spiked with a score of 7.3 (rule big-moment, 2026-11-21 20:15:03 UTC) #1a2b3c4d',
    ],
    [
      'a phrase',
      {
        condition: { kind: 'phrase', phrase: 'let’s gø', atLeast: 5, withinSeconds: 30 },
        value: 6,
      },
      'Crest: forsen said "let s g " 6 times in 30 s',
      'forsen said "let\'s gø" 6 times in 30 s (rule big-moment, 2026-11-21 20:15:03 UTC) #1a2b3c4d',
    ],
  ];
  for (const [name, change, subject, smsText] of cases) {
    it(`says channel, number, rule and time of ${name}`, () => {
      const texts = alertTexts({ ...FACTS, ...change });
      assert.equal(texts.subject, subject);
      assert.equal(texts.smsText, smsText);
    });
  }

  it('says more in the body, the phrase in full', () => {
    const phrase = 'a'.repeat(150);
    const condition = { kind: 'phrase', phrase, atLeast: 5, withinSeconds: 30 } as const;
    assert.equal(
      alertTexts({ ...FACTS, condition }).body,
      [
        `forsen said "${phrase}" 312 times in 30 s`,
        '',
        'Channel: https://www.twitch.tv/forsen',
        `Rule:    big-moment ("${phrase}" at least 5 times in 30 s)`,
        'Time:    2026-11-21 20:15:03 UTC',
        'Alert:   1a2b3c4d',
        '',
      ].join('\n'),
    );
  });

  const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 200 });
  const seconds = fc.integer({ min: 1, max: 300 });
  const conditions: fc.Arbitrary<RuleCondition> = fc.oneof(
    fc.record({ kind: fc.constant('messages' as const), atLeast: seconds, withinSeconds: seconds }),
    fc.record({ kind: fc.constant('spike' as const), scoreAtLeast: fc.constant(5) }),
    fc.record({
      kind: fc.constant('phrase' as const),
      phrase: text,
      atLeast: seconds,
      withinSeconds: seconds,
    }),
  );
  const facts: fc.Arbitrary<AlertFacts> = fc.record({
    ruleId: fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/),
    channelLogin: fc.stringMatching(/^[a-z0-9_]{1,25}$/),
    condition: conditions,
    value: fc.integer({ min: 1, max: 1_000_000 }),
    episodeAtMs: fc.integer({ min: 0, max: 4_000_000_000_000 }),
    shortId: fc.stringMatching(/^[0-9a-f]{8}$/),
  });

  it('fits an SMS of one part and a subject of SNS, whatever the rule says', () => {
    fc.assert(
      fc.property(facts, (fact) => {
        const { smsText, subject } = alertTexts(fact);
        const places = gsm7Length(smsText);
        assert.ok(places !== null && places <= 160, `${String(places)} places`);
        assert.ok(smsText.startsWith(fact.channelLogin));
        assert.ok(smsText.endsWith(`#${fact.shortId}`));
        assert.match(subject, /^[\x20-\x7e]{1,99}$/);
      }),
      { numRuns: 1_000 },
    );
  });
});

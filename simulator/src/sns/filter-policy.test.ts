import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import type { FilterSubject } from './filter-policy.ts';
import { matchesFilter, parseFilterPolicy } from './filter-policy.ts';
import { SnsError } from './sns-error.ts';

const subject: FilterSubject = new Map<string, readonly (string | number)[]>([
  ['tier', ['gold']],
  ['score', [42]],
  ['themes', ['speedrun', 'music']],
]);

describe(matchesFilter.name, () => {
  const cases: readonly [policy: object, matches: boolean][] = [
    [{}, true],
    [{ tier: ['gold'] }, true],
    [{ tier: ['silver'] }, false],
    [{ tier: ['silver', 'gold'] }, true],
    [{ tier: ['gold'], score: [42] }, true],
    [{ tier: ['gold'], score: [43] }, false],
    [{ absent: ['x'] }, false],
    [{ themes: ['music'] }, true],
    [{ tier: [{ prefix: 'go' }] }, true],
    [{ tier: [{ suffix: 'ld' }] }, true],
    [{ tier: [{ prefix: 'x' }] }, false],
    [{ tier: [{ 'equals-ignore-case': 'GOLD' }] }, true],
    [{ tier: [{ 'anything-but': 'gold' }] }, false],
    [{ tier: [{ 'anything-but': ['silver', 'bronze'] }] }, true],
    [{ tier: [{ 'anything-but': { prefix: 'si' } }] }, true],
    [{ absent: [{ 'anything-but': 'x' }] }, false],
    [{ absent: [{ exists: false }] }, true],
    [{ tier: [{ exists: true }] }, true],
    [{ score: [{ numeric: ['>=', 40, '<', 43] }] }, true],
    [{ score: [{ numeric: ['>', 42] }] }, false],
    [{ tier: [{ numeric: ['=', 42] }] }, false],
  ];
  for (const [policy, matches] of cases) {
    const text = JSON.stringify(policy);
    it(`${matches ? 'lets through' : 'holds back'} by ${text}`, () => {
      assert.equal(matchesFilter(parseFilterPolicy(text), subject), matches);
    });
  }
});

describe(parseFilterPolicy.name, () => {
  const refused: readonly string[] = [
    '{',
    '[]',
    '{"a":"b"}',
    '{"a":[]}',
    '{"a":[{"like":"b"}]}',
    '{"a":[{"prefix":"b","suffix":"c"}]}',
    '{"a":[{"prefix":1}]}',
    '{"a":[{"exists":"yes"}]}',
    '{"a":[{"numeric":[">"]}]}',
    '{"a":[{"numeric":[">",2000000000]}]}',
    '{"a":[{"anything-but":[]}]}',
    '{"a":[["b"]]}',
    '{"a":["1"],"b":["1"],"c":["1"],"d":["1"],"e":["1"],"f":["1"]}',
    JSON.stringify({ a: Array.from({ length: 151 }, (_, index) => index) }),
  ];
  for (const text of refused) {
    it(`refuses ${text.slice(0, 60)}`, () => {
      assert.throws(
        () => parseFilterPolicy(text),
        (error: unknown) => error instanceof SnsError && error.code === 'InvalidParameter',
      );
    });
  }
});

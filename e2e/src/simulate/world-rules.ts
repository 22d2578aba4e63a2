/** The rules of a seed: few, low enough to fire, on whatever rooms there are. */
import { parseRule, type Rule } from '@crest/shared/domain/rule';
import type { SeededRandom } from '@crest/simulator/core/seeded-random';
import type { Room } from './world-readers.ts';

/** The phrase that people say when something succeeds. */
export const PHRASE = 'gg wp';

/** One rule of each kind. */
export function rulesOf(random: SeededRandom, rooms: readonly Room[]): Rule[] {
  const target = { kind: 'channels', channelIds: rooms.map(({ id }) => id), channelLogins: [] };
  const conditions = [
    { kind: 'messages', atLeast: random.between(3, 7), withinSeconds: random.between(1, 6) },
    {
      kind: 'phrase',
      phrase: PHRASE,
      atLeast: random.between(1, 3),
      withinSeconds: random.between(2, 8),
    },
    { kind: 'spike', scoreAtLeast: random.pick([1, 3]) },
  ];
  return conditions.map((condition) => {
    const destinations = [{ kind: 'email', address: 'one@example.org' }];
    const all = random.chance(0.3)
      ? [...destinations, { kind: 'sms', phone: '+4915112345678' }]
      : destinations;
    return ruleOf({
      _id: `rule-${condition.kind}`,
      owner: 'somebody',
      target,
      condition,
      cooldownSeconds: random.pick([0, 4, 15, 60]),
      destinations: all,
      enabled: true,
      createdAtMs: 0,
    });
  });
}

function ruleOf(document: unknown): Rule {
  const parsed = parseRule(document);
  if (!parsed.ok) throw new Error(parsed.reason);
  return parsed.value;
}

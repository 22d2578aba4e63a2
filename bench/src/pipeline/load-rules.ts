/** A thousand rules as an operator might have them: most on one channel, some on many. */
import type { Rule, RuleCondition } from '@crest/shared/domain/rule';

const RULES = 1_000;
/** Words of the pretend chatters, all of them counted in every message. */
const PHRASES =
  'the what time stream chat next fight music way volume hola que vamos no first today little somebody minutes kappa'.split(
    ' ',
  );
const HOUR = 3600;

/** The rules of the load, for rooms from the busiest to the quietest. */
export function loadRules(rooms: readonly { id: string }[]): Rule[] {
  return Array.from({ length: RULES }, (_, index) => ({
    _id: `load-${index}`,
    owner: 'bench',
    target: { kind: 'channels', channelIds: channelsOf(rooms, index), channelLogins: [] },
    condition: conditionOf(index),
    cooldownSeconds: HOUR,
    destinations: [{ kind: 'email', address: `reader-${index % 10}@bench.example` }],
    enabled: true,
    createdAtMs: 0,
  }));
}

/** One rule in ten is on a hundred channels. */
function channelsOf(rooms: readonly { id: string }[], index: number): string[] {
  const count = index % 10 === 0 ? 100 : 1;
  return Array.from({ length: count }, (_, each) => rooms[(index + each) % rooms.length]?.id ?? '');
}

function conditionOf(index: number): RuleCondition {
  switch (index % 4) {
    case 0:
      return { kind: 'phrase', phrase: phraseOf(index), atLeast: 5_000, withinSeconds: 30 };
    case 1:
      return { kind: 'spike', scoreAtLeast: 10 };
    default:
      // Even talk seldom reaches it: rules cost most while they wait.
      return { kind: 'messages', atLeast: 5_000, withinSeconds: 10 };
  }
}

function phraseOf(index: number): string {
  return PHRASES[(index / 4) % PHRASES.length] ?? '';
}

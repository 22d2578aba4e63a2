/**
 * Rules under which a made-up world has somebody told of something about every second, from the first
 * minute to the last: rooms whose usual rate is near a threshold cross it again and again.
 *
 * All go by SMS. A subscription by email that gets more than ten a second is suspended, by Amazon and by
 * the pretend SNS alike, and from then on nobody would be told of anything.
 */
import { EVERYTHING } from '@crest/cli/demo/themes';
import type { Rule } from '@crest/shared/domain/rule';

const common = {
  owner: 'e2e',
  target: { kind: 'theme', theme: EVERYTHING },
  enabled: true,
  createdAtMs: 0,
} as const;

const sms = (phone: string): Rule['destinations'] => [{ kind: 'sms', phone }];

export const STEADY_RULES: readonly Rule[] = [
  {
    ...common,
    _id: 'busy',
    condition: { kind: 'messages', atLeast: 18, withinSeconds: 3 },
    cooldownSeconds: 15,
    destinations: sms('+4915112345678'),
  },
  {
    ...common,
    _id: 'crowd',
    condition: { kind: 'messages', atLeast: 60, withinSeconds: 5 },
    cooldownSeconds: 30,
    destinations: sms('+33612345678'),
  },
  {
    ...common,
    _id: 'laughter',
    condition: { kind: 'phrase', phrase: 'LUL', atLeast: 4, withinSeconds: 10 },
    cooldownSeconds: 60,
    destinations: sms('+81312345678'),
  },
];

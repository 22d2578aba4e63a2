/**
 * The rules that a run without `--rules` starts with: each kind of condition, email and SMS, and
 * a theme with followers. They are written so that recorded tournaments and the pretend world
 * both set them off, a few times a minute and not more.
 */
import type { Rule } from '@crest/shared/domain/rule';
import { EVERYTHING } from './themes.ts';

type DemoRule = Omit<Rule, 'owner' | 'enabled' | 'createdAtMs'>;

const MINUTE = 60;
const target = { kind: 'theme', theme: EVERYTHING } as const;

export const DEMO_RULES: readonly DemoRule[] = [
  {
    _id: 'crowd',
    target,
    condition: { kind: 'messages', atLeast: 50, withinSeconds: 10 },
    cooldownSeconds: 10 * MINUTE,
    destinations: [{ kind: 'email', address: 'crowd@demo.example' }],
  },
  {
    _id: 'burst',
    target,
    condition: { kind: 'messages', atLeast: 40, withinSeconds: 5 },
    cooldownSeconds: 30 * MINUTE,
    destinations: [{ kind: 'sms', phone: '+4915112345678' }],
  },
  {
    _id: 'spike',
    target,
    condition: { kind: 'spike', scoreAtLeast: 12 },
    cooldownSeconds: 10 * MINUTE,
    destinations: [{ kind: 'email', address: 'spikes@demo.example' }],
  },
  {
    _id: 'big-spike',
    target,
    condition: { kind: 'spike', scoreAtLeast: 40 },
    cooldownSeconds: 30 * MINUTE,
    destinations: [{ kind: 'theme' }],
  },
  {
    _id: 'pogchamp',
    target,
    condition: { kind: 'phrase', phrase: 'PogChamp', atLeast: 8, withinSeconds: 10 },
    cooldownSeconds: 10 * MINUTE,
    destinations: [
      { kind: 'email', address: 'hype@demo.example' },
      { kind: 'sms', phone: '+33612345678' },
    ],
  },
  {
    _id: 'laughter',
    target,
    condition: { kind: 'phrase', phrase: 'LUL', atLeast: 10, withinSeconds: 10 },
    cooldownSeconds: 15 * MINUTE,
    destinations: [{ kind: 'email', address: 'clips@demo.example' }],
  },
  {
    _id: 'good-game',
    target,
    condition: { kind: 'phrase', phrase: 'gg', atLeast: 10, withinSeconds: 15 },
    cooldownSeconds: 15 * MINUTE,
    destinations: [{ kind: 'sms', phone: '+81312345678' }],
  },
];

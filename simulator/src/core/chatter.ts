/** Somebody who writes in a room, with the tags that all their lines share already written. */
import type { SeededRandom } from './seeded-random.ts';
import { escapeTagValue } from './tag-escape.ts';

/** Who they are; the tags as Twitch sends them. */
export interface ChatterFacts {
  readonly userId: string;
  readonly login: string;
  /** Empty where the user never set one. */
  readonly displayName: string;
  /** `#RRGGBB`, empty where the user never chose one. */
  readonly color: string;
  /** Months of subscription, 0 for none. */
  readonly subscribedMonths: number;
  readonly role: 'viewer' | 'moderator' | 'vip' | 'bot';
  readonly premium: boolean;
}

/** Facts and their tags, pre-rendered: the load mode writes 25,000 lines a second. */
export interface Chatter extends ChatterFacts {
  /** `badge-info=...;badges=...` */
  readonly badgeTags: string;
  /** `color=...;display-name=...` */
  readonly nameTags: string;
  readonly isModerator: boolean;
  /** `turbo=0;user-id=...;user-type=` and, for VIPs, `;vip=1` */
  readonly userTags: string;
  /** `:login!login@login.tmi.twitch.tv` */
  readonly prefix: string;
}

export function chatterOf(facts: ChatterFacts): Chatter {
  const { login } = facts;
  const isModerator = facts.role === 'moderator' || facts.role === 'bot';
  const months = facts.subscribedMonths;
  const badges = badgesOf(facts);
  return {
    ...facts,
    badgeTags: `badge-info=${months > 0 ? `subscriber/${months}` : ''};badges=${badges.join(',')}`,
    nameTags: `color=${facts.color};display-name=${escapeTagValue(facts.displayName)}`,
    isModerator,
    userTags:
      `turbo=0;user-id=${facts.userId};user-type=${isModerator ? 'mod' : ''}` +
      (facts.role === 'vip' ? ';vip=1' : ''),
    prefix: `:${login}!${login}@${login}.tmi.twitch.tv`,
  };
}

/** Subscriber badges come in steps: the badge says the last step reached, `badge-info` the month. */
const BADGE_STEPS = [60, 48, 36, 24, 18, 12, 9, 6, 3, 2, 0] as const;

function badgesOf(facts: ChatterFacts): string[] {
  const badges: string[] = [];
  if (facts.role === 'moderator' || facts.role === 'bot') badges.push('moderator/1');
  if (facts.role === 'vip') badges.push('vip/1');
  if (facts.subscribedMonths > 0) {
    const step = BADGE_STEPS.find((months) => facts.subscribedMonths >= months) ?? 0;
    badges.push(`subscriber/${step}`);
  }
  if (facts.role === 'bot') badges.push('partner/1');
  if (facts.premium) badges.push('premium/1');
  return badges;
}

/** Makes up a person: everything follows from the random numbers given. */
export function madeUpChatter(random: SeededRandom): Chatter {
  const stem = random.pick(STEMS) + random.pick(ENDINGS);
  const digits = random.chance(0.7) ? String(random.between(1, 9_999)) : '';
  const name = `${stem}${digits}`;
  const role = random.chance(0.01) ? 'moderator' : random.chance(0.02) ? 'vip' : 'viewer';
  return chatterOf({
    userId: String(random.between(20_000_000, 1_400_000_000)),
    login: name.toLowerCase(),
    displayName: random.chance(0.6) ? name : name.toLowerCase(),
    color: random.chance(0.75) ? random.pick(COLORS) : '',
    subscribedMonths: random.chance(0.35) ? random.between(1, 64) : 0,
    role,
    premium: random.chance(0.12),
  });
}

const STEMS = (
  'Quiet Turbo Salty Lucky Frosty Sleepy Mellow Cosmic Rusty Pixel ' +
  'Noodle Velvet Grumpy Swift Hidden Sunny Crispy Wired Odd Amber'
).split(' ');

const ENDINGS = (
  'Badger Otter Comet Walrus Falcon Toast Wizard Pickle Lantern Moose ' +
  'Ferret Biscuit Raven Gecko Turnip Cactus Panda Bandit Kettle Wolf'
).split(' ');

/** The fifteen colours that Twitch gives to those who never chose. */
const COLORS = (
  '#FF0000 #0000FF #008000 #B22222 #FF7F50 #9ACD32 #FF4500 #2E8B57 ' +
  '#DAA520 #D2691E #5F9EA0 #1E90FF #FF69B4 #8A2BE2 #00FF7F'
).split(' ');

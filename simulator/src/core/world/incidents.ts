/**
 * The things that happen in a room besides talk: subs, gifts, raids, cheers, announcements, bots
 * and moderation. Each is a few lines; which one happens and when is decided in `room-schedule.ts`.
 */
import { messageLine, noticeLine, roomClearedLine, userClearedLine } from '../chat-lines.ts';
import { type Chatter, chatterOf } from '../chatter.ts';
import type { Room } from '../room.ts';
import type { ScheduledLine } from '../scheduled-line.ts';
import type { SeededRandom } from '../seeded-random.ts';
import { phraseOf } from './phrases.ts';

/** Where an incident happens and whom it can fall upon. */
export interface Stage {
  readonly room: Room;
  readonly random: SeededRandom;
  readonly someone: () => Chatter;
  readonly atMs: number;
}

const NO_EMOTES = { tag: '', count: 0 };

export function sub(stage: Stage): ScheduledLine[] {
  const chatter = stage.someone();
  const months = chatter.subscribedMonths;
  const name = nameOf(chatter);
  const plan = stage.random.pick(PLANS);
  if (months <= 1) {
    const systemText = `${name} subscribed at Tier 1.`;
    return [notice(stage, { chatter, msgId: 'sub', systemText, params: subParams(1, plan) })];
  }
  const systemText = `${name} subscribed at Tier 1. They've subscribed for ${months} months!`;
  const text = stage.random.chance(0.6) ? 'another month, thanks for the good times <3' : '';
  return [
    notice(stage, { chatter, msgId: 'resub', systemText, params: subParams(months, plan), text }),
  ];
}

/** A gift bomb: the announcement, then one `subgift` for each, all with the same origin. */
export function giftBomb(stage: Stage): ScheduledLine[] {
  const { random } = stage;
  const giver = stage.someone();
  const gifts = random.pick([5, 5, 10, 10, 20, 50]);
  const origin = { 'community-gift-id': String(random.next32()), 'origin-id': random.nonce() };
  const announced = notice(stage, {
    chatter: giver,
    msgId: 'submysterygift',
    systemText: `${nameOf(giver)} is gifting ${gifts} Tier 1 Subs to the community!`,
    params: { ...origin, 'mass-gift-count': String(gifts), 'sub-plan': '1000' },
  });
  const given = Array.from({ length: gifts }, (_, index) => {
    const lucky = stage.someone();
    return notice(
      { ...stage, atMs: stage.atMs + 60 + index * 45 },
      {
        chatter: giver,
        msgId: 'subgift',
        systemText: `${nameOf(giver)} gifted a Tier 1 sub to ${nameOf(lucky)}!`,
        params: { ...origin, ...recipient(lucky), months: '1', 'sub-plan': '1000' },
      },
    );
  });
  return [announced, ...given];
}

export function raid(stage: Stage, viewers: number): ScheduledLine[] {
  const raider = stage.someone();
  const systemText = `${viewers} raiders from ${nameOf(raider)} have joined!`;
  const params = {
    displayName: nameOf(raider),
    login: raider.login,
    viewerCount: String(viewers),
  };
  return [notice(stage, { chatter: raider, msgId: 'raid', systemText, params })];
}

/** Notices that come now and then; the last one is a word that no client knows yet. */
export function rareNotice(stage: Stage): ScheduledLine[] {
  const chatter = stage.someone();
  const name = nameOf(chatter);
  const kinds: [msgId: string, systemText: string, params: Record<string, string>, text: string][] = [
    ['announcement', '', { color: 'PURPLE' }, 'the next match begins in ten minutes'],
    ['viewermilestone', `${name} watched 5 consecutive streams!`, { category: 'watch-streak', value: '5' }, 'here again'],
    ['primepaidupgrade', `${name} converted from a Prime sub to a Tier 1 sub!`, { 'sub-plan': '1000' }, ''],
    ['giftpaidupgrade', `${name} is continuing the Gift Sub!`, { 'sender-login': 'somebody' }, ''],
    ['modiversary', `${name} has been a moderator for 2 years`, { years: '2' }, ''],
    ['bitsbadgetier', `${name} earned a new Bits badge!`, { threshold: '1000' }, ''],
    ['pretendnewnotice', `${name} did something new; a client \\ must keep it`, { novelty: 'a b;c' }, ''],
  ]; // prettier-ignore
  const [msgId, systemText, params, text] = stage.random.pick(kinds);
  return [notice(stage, { chatter, msgId, systemText, params, text })];
}

export function cheer(stage: Stage): ScheduledLine[] {
  const bits = stage.random.pick([1, 10, 100, 100, 500, 1_000]);
  return [said(stage, stage.someone(), `Cheer${bits} well played`, bits)];
}

/** Somebody asks a bot, and the bot answers. */
export function command(stage: Stage): ScheduledLine[] {
  const word = stage.random.pick(['!uptime', '!commands', '!song', '!discord']);
  const answerAtMs = stage.atMs + stage.random.between(200, 900);
  return [
    said(stage, stage.someone(), word, 0),
    said(
      { ...stage, atMs: answerAtMs },
      HELPER_BOT,
      `here is what you asked for: ${word.slice(1)}`,
      0,
    ),
  ];
}

/** A moderator sends somebody away, for ten minutes or for good; rarely the room is swept. */
export function moderation(stage: Stage): ScheduledLine[] {
  if (stage.random.chance(0.05)) return [roomClearedLine(stage.atMs, stage.room)];
  const seconds = stage.random.chance(0.8) ? 600 : undefined;
  const { atMs: offsetMs, room } = stage;
  return [userClearedLine({ offsetMs, room, chatter: stage.someone(), seconds })];
}

const PLANS = ['1000', '1000', '1000', 'Prime', 'Prime', '2000', '3000'] as const;

const HELPER_BOT = chatterOf({
  userId: '1000000001',
  login: 'kettlebot',
  displayName: 'KettleBot',
  color: '#5F9EA0',
  subscribedMonths: 0,
  role: 'bot',
  premium: false,
});

function nameOf(chatter: Chatter): string {
  return chatter.displayName === '' ? chatter.login : chatter.displayName;
}

function subParams(months: number, plan: string): Record<string, string> {
  return {
    'cumulative-months': String(months),
    months: '0',
    'should-share-streak': '0',
    'sub-plan': plan,
    'sub-plan-name': 'Friends of the Room',
  };
}

function recipient(lucky: Chatter): Record<string, string> {
  return {
    'recipient-display-name': nameOf(lucky),
    'recipient-id': lucky.userId,
    'recipient-user-name': lucky.login,
  };
}

function notice(
  stage: Stage,
  facts: {
    chatter: Chatter;
    msgId: string;
    systemText: string;
    params: Record<string, string>;
    text?: string;
  },
): ScheduledLine {
  const { room, atMs: offsetMs } = stage;
  return noticeLine({ offsetMs, room, id: stage.random.uuid(), text: '', ...facts });
}

function said(stage: Stage, chatter: Chatter, text: string, bits: number): ScheduledLine {
  const { emotes } = bits > 0 ? { emotes: NO_EMOTES } : phraseOf(text);
  return messageLine({
    offsetMs: stage.atMs,
    room: stage.room,
    id: stage.random.uuid(),
    chatter,
    text,
    isAction: false,
    bits,
    nonce: '',
    isFirst: false,
    extraTags: '',
    emotes,
  });
}

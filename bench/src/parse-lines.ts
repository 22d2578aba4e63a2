/** The lines that `bench parse` reads: real ones where they are there, else lines of our own. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const REAL = join(import.meta.dirname, '../../../shared/irc-lines/robotty-irc-lines.json');

export interface BenchLines {
  readonly origin: string;
  readonly lines: readonly string[];
}

export function benchLines(): BenchLines {
  if (!existsSync(REAL)) return { origin: 'lines of our own', lines: OWN };
  const entries = JSON.parse(readFileSync(REAL, 'utf8')) as { raw: string }[];
  return { origin: '../shared/irc-lines', lines: entries.map(({ raw }) => raw) };
}

const CHAT =
  '@badge-info=subscriber/14;badges=subscriber/12,premium/1;client-nonce=5b1c9a7d3f2e48609a1b2c3d4e5f6071;' +
  'color=#1E90FF;display-name=Quiet_Heron;emotes=25:0-4,12-16/1902:6-10;first-msg=0;flags=;' +
  'id=6f1d2c3b-4a59-4e87-9b0a-1c2d3e4f5061;mod=0;returning-chatter=0;room-id=710000042;subscriber=1;' +
  'tmi-sent-ts=1790000000123;turbo=0;user-id=120003456;user-type=';
const FROM = ':quiet_heron!quiet_heron@quiet_heron.tmi.twitch.tv';

/** Written by the protocol, one of each kind that a room shows; chat is most of it, as in life. */
const OWN: readonly string[] = [
  `${CHAT} ${FROM} PRIVMSG #harbourlights :Kappa Keepo Kappa`,
  `${CHAT} ${FROM} PRIVMSG #harbourlights :what a save!! that was on the line`,
  `${CHAT} ${FROM} PRIVMSG #harbourlights :\u0001ACTION waves at everybody\u0001`,
  `${CHAT} ${FROM} PRIVMSG #harbourlights :そのゴールはすごい 👏👏`,
  `${CHAT};reply-parent-display-name=Dry_Moth;reply-parent-msg-body=are\\syou\\ssure?;` +
    'reply-parent-msg-id=0a1b2c3d-4e5f-4061-8273-849506a7b8c9;reply-parent-user-id=120009999;' +
    `reply-parent-user-login=dry_moth ${FROM} PRIVMSG #harbourlights :@Dry_Moth yes, quite sure`,
  `${CHAT.replace('color=', 'bits=250;color=')} ${FROM} PRIVMSG #harbourlights :Cheer250 for the crew`,
  '@badge-info=subscriber/3;badges=subscriber/3;color=;display-name=Dry_Moth;emotes=;flags=;' +
    'id=77aa88bb-99cc-4dde-8eef-0f1e2d3c4b5a;login=dry_moth;mod=0;msg-id=resub;' +
    'msg-param-cumulative-months=3;msg-param-sub-plan=1000;room-id=710000042;subscriber=1;' +
    'system-msg=Dry_Moth\\ssubscribed\\sat\\sTier\\s1.\\sThree\\smonths!;tmi-sent-ts=1790000001456;' +
    'user-id=120009999;user-type= :tmi.twitch.tv USERNOTICE #harbourlights :still here',
  '@ban-duration=600;room-id=710000042;target-user-id=120007777;tmi-sent-ts=1790000002000 ' +
    ':tmi.twitch.tv CLEARCHAT #harbourlights :loud_crow',
  '@login=loud_crow;room-id=;target-msg-id=12ab34cd-56ef-4701-8923-a4b5c6d7e8f9;' +
    'tmi-sent-ts=1790000002001 :tmi.twitch.tv CLEARMSG #harbourlights :buy followers at',
  '@emote-only=0;followers-only=-1;r9k=0;room-id=710000042;slow=0;subs-only=0 ' +
    ':tmi.twitch.tv ROOMSTATE #harbourlights',
  '@msg-id=slow_off :tmi.twitch.tv NOTICE #harbourlights :This room is no longer in slow mode.',
  ':tmi.twitch.tv PONG tmi.twitch.tv :crest',
];

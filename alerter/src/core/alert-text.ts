/** What an alert says: channel, rule, number, time (UTC, event time) and a short id. */
import type { RuleCondition } from '@crest/shared/domain/rule';
import { cutGsm7, gsm7Length, toGsm7 } from './gsm7.ts';

/** What there is to say. */
export interface AlertFacts {
  readonly ruleId: string;
  readonly channelLogin: string;
  readonly condition: RuleCondition;
  /** The sum, or the score of the spike. */
  readonly value: number;
  /** Event time, epoch milliseconds. */
  readonly episodeAtMs: number;
  /** A few characters by which repeats can be recognised. */
  readonly shortId: string;
}

export interface AlertTexts {
  /** ASCII, under 100 characters, one line. */
  readonly subject: string;
  readonly body: string;
  /** One GSM-7 part. */
  readonly smsText: string;
}

/** Places of one part of an SMS. */
const SMS_PLACES = 160;
const SUBJECT_CHARACTERS_MAX = 99;
/** Of a phrase in the subject; of the rest, all parts are bounded by their form. */
const SUBJECT_PHRASE_MAX = 30;
/** Characters of the rule's id in an SMS. */
const SMS_RULE_MAX = 40;

/** All texts of an alert. */
export function alertTexts(facts: AlertFacts): AlertTexts {
  return { subject: subjectOf(facts), body: bodyOf(facts), smsText: smsTextOf(facts) };
}

function subjectOf(facts: AlertFacts): string {
  const { channelLogin, condition, value } = facts;
  const subject = `Crest: ${channelLogin} ${happened(condition, value, SUBJECT_PHRASE_MAX)}`;
  return asciiLine(subject).slice(0, SUBJECT_CHARACTERS_MAX).trimEnd();
}

function bodyOf(facts: AlertFacts): string {
  const { channelLogin, condition, value, episodeAtMs, ruleId, shortId } = facts;
  return [
    `${channelLogin} ${happened(condition, value, Infinity)}`,
    '',
    `Channel: https://www.twitch.tv/${channelLogin}`,
    `Rule:    ${ruleId} (${asked(condition)})`,
    `Time:    ${utc(episodeAtMs)} UTC`,
    `Alert:   ${shortId}`,
    '',
  ].join('\n');
}

// A long phrase gives way: everything else is always said in full.
function smsTextOf(facts: AlertFacts): string {
  const { channelLogin, condition, value, episodeAtMs, ruleId, shortId } = facts;
  const rule = shortened(ruleId, SMS_RULE_MAX);
  const tail = ` (rule ${rule}, ${utc(episodeAtMs)} UTC) #${shortId}`;
  const write = (phraseMax: number): string =>
    toGsm7(`${channelLogin} ${happened(condition, value, phraseMax)}`) + toGsm7(tail);
  for (const phraseMax of [60, 30, 15, 6]) {
    const text = write(phraseMax);
    if ((gsm7Length(text) ?? Infinity) <= SMS_PLACES) return text;
  }
  return cutGsm7(write(6), SMS_PLACES);
}

/** What happened, as the rest of a sentence that begins with the channel. */
function happened(condition: RuleCondition, value: number, phraseMax: number): string {
  switch (condition.kind) {
    case 'messages':
      return `had ${value} messages in ${condition.withinSeconds} s`;
    case 'spike':
      return `spiked with a score of ${value.toFixed(1)}`;
    case 'phrase': {
      const times = `${value} times in ${condition.withinSeconds} s`;
      return `said "${shortened(condition.phrase, phraseMax)}" ${times}`;
    }
  }
}

/** What the rule asks for. */
function asked(condition: RuleCondition): string {
  switch (condition.kind) {
    case 'messages':
      return `at least ${condition.atLeast} messages in ${condition.withinSeconds} s`;
    case 'spike':
      return `a spike with a score of at least ${condition.scoreAtLeast}`;
    case 'phrase': {
      const { phrase, atLeast, withinSeconds } = condition;
      return `"${phrase}" at least ${atLeast} times in ${withinSeconds} s`;
    }
  }
}

function shortened(text: string, charactersMax: number): string {
  const characters = [...text.trim()];
  if (characters.length <= charactersMax) return characters.join('');
  return `${characters.slice(0, charactersMax - 3).join('')}...`;
}

/** `2026-11-21 20:15:03`. */
function utc(atMs: number): string {
  return new Date(atMs).toISOString().slice(0, 19).replace('T', ' ');
}

function asciiLine(text: string): string {
  return text
    .normalize('NFKD')
    .replaceAll(/\p{Mark}+/gu, '')
    .replaceAll(/[^\x21-\x7e]+/gu, ' ')
    .trim();
}

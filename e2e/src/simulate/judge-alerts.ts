/** Alerts against the episodes of a recount: which are due, which were sent, how often. */
import { destinationKeyOf } from '@crest/alerter/core/alert';
import { destinationsOf } from '@crest/alerter/core/stages';
import type { Rule } from '@crest/shared/domain/rule';
import { counterIdOf } from '@crest/shared/records/counter-wanted';
import { sumEpisodes, type SumCondition } from '@crest/simulator/recount/episodes';
import { holdsPhrase, spacedTokens } from '@crest/simulator/recount/phrase-match';
import { isWithin } from '@crest/simulator/recount/windows';
import type { Doc } from './documents.ts';
import { spikesOn } from './judge-spikes.ts';
import type { LogFacts, LoggedLine, LoggedRoom } from './log-facts.ts';
import { TOPICS } from './services.ts';
import type { SimKafka } from './sim-kafka.ts';
import type { SimSns } from './sim-sns.ts';
import type { SimStore } from './sim-store.ts';

export interface AlertMatter {
  readonly kafka: SimKafka;
  readonly store: SimStore;
  readonly sns: SimSns;
  readonly facts: LogFacts;
  readonly rules: readonly Rule[];
}

/** Everything that is missing, unexpected or repeated without an excuse. */
export function judgeAlerts(matter: AlertMatter): string[] {
  const entries = [...matter.store.of('outbox').values()];
  const wrong: string[] = [];
  for (const rule of matter.rules) {
    for (const [roomId, room] of matter.facts.rooms) {
      const mine = entries.filter(
        (entry) => entry['ruleId'] === rule._id && entry['channelId'] === roomId,
      );
      wrong.push(...judgeRoom(matter, rule, { roomId, room, mine }));
    }
  }
  return [...wrong, ...entries.flatMap((entry) => judgeSends(entry, matter.sns))];
}

interface RuledRoom {
  readonly roomId: string;
  readonly room: LoggedRoom;
  /** What the outbox has of it. */
  readonly mine: readonly Doc[];
}

function judgeRoom(matter: AlertMatter, rule: Rule, ruled: RuledRoom): string[] {
  const { condition, cooldownSeconds } = rule;
  if (condition.kind === 'spike') return compare(rule, ruled, spikeKeys(matter, rule, ruled));
  const { atLeast, withinSeconds } = condition;
  const sum = { atLeast, withinSeconds, cooldownSeconds };
  const lines = linesOf(matter.facts, rule, ruled.room);
  const starts = sumEpisodes(secondsOf(lines.filter(({ isLate }) => !isLate)), sum);
  if (!lines.some(({ isLate }) => isLate)) {
    return compare(rule, ruled, keysOf(starts, originOf(matter.kafka, ruled.room.partition)));
  }
  return compareRoughly(rule, ruled, { sum, starts, lines });
}

// -- exactly ------------------------------------------------------------------------------------------

/** Names as the episodes of a machine have them: each is named by the one before. */
function keysOf(starts: readonly number[], origin: string): string[] {
  return starts.map((_, i) => (i === 0 ? `from:0@${origin}` : `after:${starts[i - 1]}`));
}

function originOf(kafka: SimKafka, partition: number): string {
  const [first] = kafka.log(TOPICS.channelWindows, partition);
  return `${first?.offset ?? 0}.${first?.timestampMs ?? 0}`;
}

function spikeKeys({ kafka }: AlertMatter, rule: Rule, { roomId, room }: RuledRoom): string[] {
  const { condition, cooldownSeconds } = rule;
  const scoreAtLeast = condition.kind === 'spike' ? condition.scoreAtLeast : 0;
  const keys: string[] = [];
  let last = -Infinity;
  for (const { channelId, peakMs, score } of spikesOn(kafka, room.partition)) {
    const second = peakMs / 1000;
    if (channelId !== roomId || score < scoreAtLeast) continue;
    if (second <= last || second - last < cooldownSeconds) continue;
    keys.push(`peak:${second}`);
    last = second;
  }
  return keys;
}

function compare(rule: Rule, { roomId, mine }: RuledRoom, keys: readonly string[]): string[] {
  const due = keys.flatMap((key) =>
    destinationsOf(rule).map((destination) =>
      [rule._id, roomId, key, destinationKeyOf(destination)].join('|'),
    ),
  );
  const found = new Set(mine.map(({ _id }) => String(_id)));
  return [
    ...due.filter((id) => !found.has(id)).map((id) => `alert ${id} is missing`),
    ...[...found].filter((id) => !due.includes(id)).map((id) => `alert ${id} is not expected`),
  ];
}

// -- roughly: where late lines corrected what had been decided --------------------------------------------

function compareRoughly(
  { _id: ruleId }: Rule,
  { roomId, mine }: RuledRoom,
  facts: { sum: SumCondition; starts: readonly number[]; lines: readonly LoggedLine[] },
): string[] {
  const { sum, starts, lines } = facts;
  const { atLeast, withinSeconds, cooldownSeconds } = sum;
  const at = mine.map((entry) => Number(entry['episodeAtMs']) / 1000);
  const reach = withinSeconds + cooldownSeconds;
  // A late line may join two episodes that had been two, or part one that was none.
  const lasting = new Set(sumEpisodes(secondsOf(lines), sum));
  const missing = starts.filter(
    (start) => lasting.has(start) && !at.some((second) => Math.abs(second - start) <= reach),
  );
  const sumAt = (second: number): number =>
    lines.filter(({ atMs }) => {
      const age = second - Math.floor(atMs / 1000);
      return age >= 0 && age < withinSeconds;
    }).length;
  const unfounded = at.filter((second) => sumAt(second) < atLeast);
  return [
    ...missing.map((start) => `no alert of ${ruleId} in ${roomId} near ${start}`),
    ...unfounded.map((second) => `alert of ${ruleId} in ${roomId} at ${second} has no ground`),
  ];
}

function linesOf(facts: LogFacts, { condition }: Rule, room: LoggedRoom): LoggedLine[] {
  const messages = room.lines.filter(({ isMessage }) => isMessage);
  if (condition.kind !== 'phrase') return messages;
  const phrase = spacedTokens(condition.phrase);
  const spans = facts.counterSpans(room.partition).get(counterIdOf(condition.phrase)) ?? [];
  return messages.filter(
    ({ text, atMs }) => holdsPhrase(spacedTokens(text), phrase) && isWithin(spans, atMs),
  );
}

function secondsOf(lines: readonly LoggedLine[]): { firstSecond: number; counts: Int32Array } {
  const seconds = lines.map(({ atMs }) => Math.floor(atMs / 1000));
  if (seconds.length === 0) return { firstSecond: 0, counts: new Int32Array(0) };
  const firstSecond = Math.min(...seconds);
  const counts = new Int32Array(Math.max(...seconds) - firstSecond + 1);
  for (const second of seconds)
    counts[second - firstSecond] = (counts[second - firstSecond] ?? 0) + 1;
  return { firstSecond, counts };
}

// -- sends --------------------------------------------------------------------------------------------

function judgeSends(entry: Doc, { accepted }: SimSns): string[] {
  const sends = accepted.filter(({ alertId }) => alertId === entry._id);
  const id = String(entry._id);
  if (entry['state'] !== 'sent') return [`alert ${id} is ${String(entry['state'])}`];
  if (sends.length === 0) return [`alert ${id} was never accepted`];
  // One that was given up may be accepted after the next.
  const known = sends.filter((send) => !send.answerLost && !send.interrupted);
  return known.slice(1).map(() => `alert ${id} was sent again though one send was known`);
}

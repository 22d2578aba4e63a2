/** Which alerts a room's lines make due, rule by rule. */
import type { Rule, RuleDestination, Theme } from '@crest/shared/domain/rule';
import { counterIdOf } from '@crest/shared/records/counter-wanted';
import { crossingLine } from '@crest/simulator/recount/crossing-line';
import { spikeEpisodes, sumEpisodes } from '@crest/simulator/recount/episodes';
import { touches, type GapSpan } from '@crest/simulator/recount/gap-span';
import type { RoomBook } from '@crest/simulator/recount/room-book';
import { countBySecond } from '@crest/simulator/recount/second-counts';
import { isWithin, type CounterSpans } from '@crest/simulator/recount/windows';
import type { ExpectedAlert } from './compare-alerts.ts';
import type { SpikeFacts } from './compare-spikes.ts';
import { destinationKey } from './destination-key.ts';

/** A room as the rules see it. */
export interface RuledRoom {
  readonly room: RoomBook;
  /** Lines that no gap excuses, in stamp order. */
  readonly countedInOrder: readonly number[];
  readonly counterSpans: CounterSpans;
  readonly gaps: readonly GapSpan[];
  /** As the detector finds them in the counted lines. */
  readonly spikes: readonly SpikeFacts[];
  /** How far back from its peak lies what a spike is judged by. */
  readonly spikeSpanSeconds: number;
}

/** One episode of a rule in a room. */
export interface Episode {
  readonly second: number;
  /** First second that the rule looked at. */
  readonly fromSecond: number;
  /** A firing so much before it is still of this episode. */
  readonly reachSeconds: number;
  /** The line that made it due; null where a spike or the end of a cool-down did. */
  readonly crossing: number | null;
}

/** The episodes of a rule in a room, whether or not gaps make them uncertain. */
export function episodesOf(rule: Rule, ruled: RuledRoom): Episode[] {
  const { condition, cooldownSeconds } = rule;
  if (condition.kind === 'spike') {
    const spikes = ruled.spikes.map(({ peakMs, score }) => ({ peakSecond: peakMs / 1_000, score }));
    const { scoreAtLeast } = condition;
    return spikeEpisodes(spikes, { scoreAtLeast, cooldownSeconds }).map((second) => ({
      second,
      fromSecond: second - ruled.spikeSpanSeconds + 1,
      reachSeconds: 0,
      crossing: null,
    }));
  }
  const { room } = ruled;
  const lines = linesOf(condition, ruled);
  const { atLeast, withinSeconds } = condition;
  const sum = { atLeast, withinSeconds, cooldownSeconds };
  return sumEpisodes(countBySecond(room, lines), sum).map((second) => ({
    second,
    fromSecond: second - withinSeconds + 1,
    reachSeconds: withinSeconds,
    crossing: crossingLine(room, lines, { second, condition }) ?? null,
  }));
}

/** One alert for each destination of the episode's rule at which there is somebody. */
export function alertsOf(
  episode: Episode,
  rule: Rule,
  context: { ruled: RuledRoom; theme: Theme | undefined; isRuleLate: boolean },
): ExpectedAlert[] {
  const { ruled, theme } = context;
  const isTouched = touchesAny(ruled.gaps, episode.fromSecond, episode.second);
  const destinations = new Map(
    rule.destinations.map((each) => [destinationKey(each), recipientsOf(each, theme)]),
  );
  const peopled = [...destinations].filter(([, recipients]) => recipients.length > 0);
  return peopled.map(([destination, recipients]) => ({
    ruleId: rule._id,
    channelId: ruled.room.roomId,
    second: episode.second,
    destination,
    recipients,
    beforeSeconds: episode.reachSeconds,
    afterSeconds: rule.cooldownSeconds,
    isUncertain: isTouched || context.isRuleLate,
  }));
}

/** Whether a span of whole seconds, both included, touches a gap. */
export function touchesAny(
  gaps: readonly GapSpan[],
  fromSecond: number,
  toSecond: number,
): boolean {
  return gaps.some((gap) => touches(gap, fromSecond * 1_000, (toSecond + 1) * 1_000));
}

function recipientsOf(destination: RuleDestination, theme: Theme | undefined): string[] {
  if (destination.kind !== 'theme') return [destinationKey(destination)];
  return (theme?.followers ?? []).map(destinationKey);
}

/** The lines that a sum counts, in stamp order. */
function linesOf(
  condition: Exclude<Rule['condition'], { kind: 'spike' }>,
  { room, countedInOrder, counterSpans }: RuledRoom,
): number[] {
  if (condition.kind === 'messages') {
    return countedInOrder.filter((index) => room.messages.at(index) === 1);
  }
  const counterId = counterIdOf(condition.phrase);
  const spans = counterSpans.get(counterId) ?? [];
  const holders = room.holders.get(counterId);
  const holding = new Set(
    Array.from({ length: holders?.length ?? 0 }, (_, each) => holders?.at(each) ?? 0),
  );
  return countedInOrder.filter(
    (index) => holding.has(index) && isWithin(spans, room.atMs.at(index)),
  );
}

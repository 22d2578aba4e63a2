/** Recorded gaps against what the log says was read, and against what happened to the collectors. */
import type { GapSpan } from '@crest/simulator/recount/gap-span';
import type { Disturbance } from '../core/chaos/disturbance.ts';
import type { OnDifference } from './differences.ts';
import type { ReadingRecount, ReadSpan } from './reading-recount.ts';

export interface GapQuestions {
  readonly gaps: readonly GapSpan[];
  readonly reading: ReadingRecount;
  /** Whether a line of this room with this stamp is in the log. */
  readonly hasLineAt: (roomId: string, atMs: number) => boolean;
  /** What happened to the run; null where nobody wrote it down. */
  readonly disturbances: readonly Disturbance[] | null;
  /** Event seconds in a wall second. */
  readonly speed: number;
  /** Rooms that one collector reads. */
  readonly roomsEach: number;
  /** When lines were over, event milliseconds. */
  readonly endMs: number;
}

export interface GapVerdict {
  /** Gaps that do not begin at the last moment vouched for, or do not end with a join. */
  readonly untrue: number;
  /** Gaps, those that follow each other without a break as one, while which nothing befell a collector. */
  readonly unexplained: number;
  /** Event seconds of all gaps, up to the end of the lines. */
  readonly seconds: number;
  /** Event seconds that disturbances allow; Infinity where none were written down. */
  readonly allowedSeconds: number;
}

/** A collector that was killed reads again within so long, wall milliseconds. */
const BACK_WITHIN_MS = 10_000;
/** Wall milliseconds by which a gap may miss what it comes from: lines are under way for a while. */
const CAUSE_SLACK_MS = 2_000;

export function judgeGaps(questions: GapQuestions, onDifference: OnDifference): GapVerdict {
  const { gaps, disturbances, endMs, speed } = questions;
  const causes = disturbances?.filter(isCauseOfGaps) ?? null;
  let [untrue, unexplained, milliseconds] = [0, 0, 0];
  for (const gap of gaps) {
    const { fromMs, toMs } = gap;
    const reasons = falsehoodsOf(gap, questions);
    if (reasons.length > 0) {
      untrue += 1;
      onDifference('untrueGap', { ...gap, reasons });
    }
    milliseconds += Math.max(0, Math.min(toMs ?? endMs, endMs) - fromMs);
  }
  for (const outage of outagesOf(gaps)) {
    if (causes?.some((cause) => explains(cause, outage, speed)) !== false) continue;
    unexplained += 1;
    onDifference('unexplainedGap', { ...outage });
  }
  return {
    untrue,
    unexplained,
    seconds: Math.round(milliseconds) / 1_000,
    allowedSeconds: causes === null ? Infinity : allowedSeconds(causes, questions),
  };
}

/** Planned moves leave none, and neither does anything that befalls others than collectors. */
function isCauseOfGaps({ kind, what, service }: Disturbance): boolean {
  if (service !== 'collector') return false;
  return kind === 'cut' ? what === 'collector-twitch' : kind !== 'roll';
}

/** Gaps of a room that follow each other without a break: lines divide what had one cause. */
function outagesOf(gaps: readonly GapSpan[]): GapSpan[] {
  const outages: GapSpan[] = [];
  const inOrder = [...gaps].sort((a, b) =>
    a.roomId === b.roomId ? a.fromMs - b.fromMs : a.roomId < b.roomId ? -1 : 1,
  );
  for (const gap of inOrder) {
    const last = outages.at(-1);
    const goesOn = last?.roomId === gap.roomId && last.toMs === gap.fromMs;
    if (goesOn) outages[outages.length - 1] = { ...last, toMs: gap.toMs };
    else outages.push(gap);
  }
  return outages;
}

function explains(cause: Disturbance, { fromMs, toMs }: GapSpan, speed: number): boolean {
  const slackMs = CAUSE_SLACK_MS * speed;
  const causeToMs = cause.atMs + cause.lastedMs * speed;
  return fromMs <= causeToMs + slackMs && (toMs ?? Infinity) >= cause.atMs - slackMs;
}

function allowedSeconds(
  causes: readonly Disturbance[],
  { speed, roomsEach }: GapQuestions,
): number {
  const wallMs = causes.reduce((sum, { lastedMs }) => sum + BACK_WITHIN_MS + lastedMs, 0);
  return Math.round((wallMs / 1_000) * speed * roomsEach);
}

/** Why a gap is not what the log says; none where it is. */
function falsehoodsOf(gap: GapSpan, { reading, hasLineAt }: GapQuestions): string[] {
  const { roomId, fromMs, toMs } = gap;
  const spans = reading.spansOf(roomId);
  const isIn = ({ fromMs: a, toMs: b }: ReadSpan): boolean => a < (toMs ?? Infinity) && b > fromMs;
  const reasons: string[] = [];
  if (spans.some(isIn)) reasons.push('read meanwhile');
  if (!spans.some((span) => span.toMs === fromMs) && !hasLineAt(roomId, fromMs)) {
    reasons.push('nothing vouches for its beginning');
  }
  if (toMs === null) return reasons;
  const isProved = hasLineAt(roomId, toMs) || reading.hasLossAt(roomId, toMs);
  if (!spans.some((span) => span.fromMs === toMs) && !isProved) {
    reasons.push('no join at its end');
  }
  return reasons;
}

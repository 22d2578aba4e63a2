/**
 * How far a run is: whether it is done, whether it stands, and where.
 *
 * A run moves through stages in this order: rooms are joined, lines are sent, event time passes
 * the end of the last hour, the processor reads what was written up to there, the alerter reads
 * what the processor wrote, the outbox empties. The first stage that is not complete is where a
 * run is; if nothing at all moves for two minutes, that is the stage that stands.
 */
export interface RunFacts {
  readonly roomsWanted: number;
  readonly roomsJoined: number;
  readonly phase: 'waiting' | 'playing' | 'tail' | 'done';
  readonly linesSent: number;
  readonly messagesStored: number;
  /** Event milliseconds until the clock is past the end of the last hour; 0 when it is. */
  readonly tailLeftMs: number;
  /** Records of `channel.events` up to the end of the tail not yet done; null before the tail's end. */
  readonly processorBehind: number | null;
  /** Windows not yet final in the database; null while not asked. */
  readonly windowsOpen: number | null;
  /** Records of the processor's topics not yet done, once the processor is through. */
  readonly alerterBehind: number | null;
  /** Alerts due or being sent. */
  readonly outboxOpen: number;
  readonly alertsSent: number;
}

export const STAGES = [
  'joining',
  'sending',
  'waiting for the last hour to end',
  'processing',
  'finishing windows',
  'alerting',
  'sending alerts',
] as const;

export type Stage = (typeof STAGES)[number];

/** Where the run is; `null` when it is done. */
export function stageOf(facts: RunFacts): Stage | null {
  if (facts.phase === 'waiting') return 'joining';
  if (facts.phase === 'playing') return 'sending';
  if (facts.tailLeftMs > 0) return 'waiting for the last hour to end';
  if (facts.processorBehind !== 0) return 'processing';
  if (facts.windowsOpen !== 0) return 'finishing windows';
  if (facts.alerterBehind !== 0) return 'alerting';
  return facts.outboxOpen > 0 ? 'sending alerts' : null;
}

/** The latest time at which anything moved. */
export interface ProgressWatch {
  readonly facts: RunFacts;
  /** Wall milliseconds, any origin. */
  readonly movedAtMs: number;
}

/** A run in which nothing moves for so long stands, wall milliseconds. */
export const STANDS_AFTER_MS = 120_000;

/** Takes note of new facts. */
export function watchProgress(
  watch: ProgressWatch | null,
  facts: RunFacts,
  nowMs: number,
): ProgressWatch {
  const moved = watch === null || hasMoved(watch.facts, facts);
  return { facts, movedAtMs: moved ? nowMs : watch.movedAtMs };
}

/** The stage that stands, where nothing has moved for two minutes. */
export function standingStage(watch: ProgressWatch, nowMs: number): Stage | null {
  return nowMs - watch.movedAtMs >= STANDS_AFTER_MS ? stageOf(watch.facts) : null;
}

function hasMoved(before: RunFacts, after: RunFacts): boolean {
  return (
    before.phase !== after.phase ||
    after.roomsJoined > before.roomsJoined ||
    after.linesSent > before.linesSent ||
    after.messagesStored > before.messagesStored ||
    after.alertsSent > before.alertsSent ||
    fell(before.processorBehind, after.processorBehind) ||
    fell(before.windowsOpen, after.windowsOpen) ||
    fell(before.alerterBehind, after.alerterBehind) ||
    after.tailLeftMs < before.tailLeftMs
  );
}

function fell(before: number | null, after: number | null): boolean {
  return after !== null && (before === null || after < before);
}

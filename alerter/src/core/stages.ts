/**
 * From an episode to the alerts that tell of it: a pipeline of small stages.
 *
 * Every stage has one shape. It gets candidates and facts, passes candidates on (as they are, or
 * several for one), and says of each that it stops why it did. Stages are pure: what they have to
 * know of the outside (the rules in force, what the outbox holds) is in the facts. The pipeline
 * below is the whole story; a new reason not to tell somebody is one more stage in it.
 */
import type { Rule } from '@crest/shared/domain/rule';
import { alertOf, destinationKeyOf, type Alert, type AlertDestination } from './alert.ts';
import type { Firing } from './partition-fold.ts';

/** A firing on its way to one destination; `null` until it is known where it goes. */
export interface Candidate {
  readonly firing: Firing;
  readonly destination: AlertDestination | null;
}

/** Why somebody was not told. Labels of `crest_alerter_suppressed_total`. */
export const SUPPRESSED_REASONS = [
  /** The rule was removed, changed or switched off meanwhile. */
  'rule-gone',
  /** The rule names the same destination twice. */
  'same-destination',
  /** The outbox has an alert of this very episode. */
  'told-already',
] as const;
export type SuppressedReason = (typeof SUPPRESSED_REASONS)[number];

/** An alert of the same rule and channel that the outbox holds. */
export type KnownAlert = Pick<
  Alert,
  '_id' | 'ruleId' | 'channelId' | 'destinationKey' | 'episodeKey' | 'episodeAtMs'
>;

/** What stages may know. */
export interface Facts {
  /** True while a rule is in force unchanged. */
  readonly isInForce: (rule: Rule) => boolean;
  /** Alerts in the outbox around the firings: at least those that `lookupOf` asks for. */
  readonly known: readonly KnownAlert[];
  /** Wall time, epoch milliseconds. */
  readonly nowMs: number;
}

export interface StageResult {
  readonly passed: readonly Candidate[];
  readonly stopped: readonly { candidate: Candidate; reason: SuppressedReason }[];
}

export type Stage = (candidates: readonly Candidate[], facts: Facts) => StageResult;

/** What is to be put into the outbox, and what is not. */
export interface Routed {
  readonly alerts: readonly Alert[];
  readonly stopped: StageResult['stopped'];
}

/** The way from episodes to alerts. */
export function route(firings: readonly Firing[], facts: Facts): Routed {
  const candidates = firings.map((firing) => ({ firing, destination: null }));
  const { passed, stopped } = routing(candidates, facts);
  const alerts = passed.flatMap(({ firing, destination }) =>
    destination === null ? [] : [alertOf(firing, destination, facts.nowMs)],
  );
  return { alerts, stopped };
}

/** Runs stages one after the other, as one stage. */
export function inSequence(...stages: readonly Stage[]): Stage {
  return (candidates, facts) => {
    let passed = candidates;
    const stopped: StageResult['stopped'][number][] = [];
    for (const stage of stages) {
      const result = stage(passed, facts);
      passed = result.passed;
      stopped.push(...result.stopped);
    }
    return { passed, stopped };
  };
}

/** Stops what belongs to a rule that is not in force any more. */
export const onlyRulesInForce: Stage = (candidates, { isInForce }) =>
  stopWhere(candidates, 'rule-gone', ({ firing }) => !isInForce(firing.rule));

/** Makes one candidate for each destination of the rule. */
export const toDestinations: Stage = (candidates) => ({
  passed: candidates.flatMap(({ firing }) =>
    destinationsOf(firing.rule).map((destination) => ({ firing, destination })),
  ),
  stopped: [],
});

/** Stops the second of two candidates with the same firing and destination. */
export const onePerDestination: Stage = (candidates) => {
  const seen = new Map<Firing, Set<string>>();
  return stopWhere(candidates, 'same-destination', ({ firing, destination }) => {
    const keys = seen.get(firing) ?? new Set();
    seen.set(firing, keys);
    const key = destination === null ? '' : destinationKeyOf(destination);
    const isRepeat = keys.has(key);
    keys.add(key);
    return isRepeat;
  });
};

/**
 * Stops an episode that the outbox knows already: after a crash the log is read again, and what
 * was decided early may now be decided a little otherwise.
 */
export const onlyUntold: Stage = (candidates, { known }) =>
  stopWhere(candidates, 'told-already', ({ firing, destination }) => {
    if (destination === null) return false;
    const key = destinationKeyOf(destination);
    return known.some((alert) => alert.destinationKey === key && isSameEpisode(firing, alert));
  });

const routing = inSequence(onlyRulesInForce, toDestinations, onePerDestination, onlyUntold);

/** Which alerts the outbox has to be asked for to judge a firing: event time, epoch milliseconds. */
export interface Lookup {
  readonly ruleId: string;
  readonly channelId: string;
  readonly fromMs: number;
  readonly toMs: number;
}

/** The stretch in which an alert counts as the firing's own; both ends belong to it. */
export function lookupOf({ rule, channelId, episode }: Firing): Lookup {
  const { condition, cooldownSeconds } = rule;
  const within = condition.kind === 'spike' ? 0 : condition.withinSeconds;
  const atMs = episode.atSecond * 1000;
  // A firing right at the end of the cool-down is an episode of its own.
  const fromMs = atMs - Math.max(0, cooldownSeconds - 1) * 1000;
  return { ruleId: rule._id, channelId, fromMs, toMs: atMs + within * 1000 };
}

/**
 * "A firing within w before, or the cool-down after, an episode already in the outbox is that
 * episode" (docs/reference/semantics.md), unless the machine itself knows them for two.
 */
function isSameEpisode(firing: Firing, alert: KnownAlert): boolean {
  const { ruleId, channelId, fromMs, toMs } = lookupOf(firing);
  if (alert.ruleId !== ruleId || alert.channelId !== channelId) return false;
  if (alert.episodeKey === firing.episode.key) return true;
  if (alert.episodeAtMs < fromMs || alert.episodeAtMs > toMs) return false;
  return !firing.episode.otherKeys.includes(alert.episodeKey);
}

/** Where the alerts of a rule go. */
export function destinationsOf(rule: Rule): AlertDestination[] {
  return rule.destinations.flatMap((destination): AlertDestination[] => {
    switch (destination.kind) {
      case 'email':
        return [{ kind: 'email', address: destination.address, subscriber: rule.owner }];
      case 'sms':
        return [{ kind: 'sms', phone: destination.phone }];
      case 'theme':
        return rule.target.kind === 'theme' ? [{ kind: 'theme', theme: rule.target.theme }] : [];
    }
  });
}

function stopWhere(
  candidates: readonly Candidate[],
  reason: SuppressedReason,
  isStopped: (candidate: Candidate) => boolean,
): StageResult {
  const stopped = candidates.filter(isStopped);
  const out = new Set(stopped);
  return {
    passed: candidates.filter((candidate) => !out.has(candidate)),
    stopped: stopped.map((candidate) => ({ candidate, reason })),
  };
}

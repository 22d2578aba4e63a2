/** Alerts as people received them against episodes as recounted. */
import type { OnDifference } from './differences.ts';
import type { RunFigures } from './run-report.ts';

/** One alert that is due: an episode and one of the rule's destinations. */
export interface ExpectedAlert {
  readonly ruleId: string;
  readonly channelId: string;
  /** The second at which the episode begins, epoch seconds. */
  readonly second: number;
  /** `email:ADDRESS`, `sms:PHONE` or `theme`. */
  readonly destination: string;
  /** Everybody who must have it: each as `email:ADDRESS` or `sms:PHONE`. */
  readonly recipients: readonly string[];
  /** A firing from `second - before` to below `second + after` is of this episode. */
  readonly beforeSeconds: number;
  readonly afterSeconds: number;
  /** Its span touches a gap: it may be delivered or not. */
  readonly isUncertain: boolean;
}

/** One alert as the outbox knows it and as people received it. */
export interface DeliveredAlert {
  readonly alertId: string;
  readonly ruleId: string;
  readonly channelId: string;
  /** The second at which it fired, epoch seconds; early counts may fire a little before or after. */
  readonly second: number;
  readonly destination: string;
  /** How often each recipient got it, by `email:ADDRESS` or `sms:PHONE`. */
  readonly received: ReadonlyMap<string, number>;
  /** Its span touches a gap. */
  readonly isUncertain: boolean;
}

/** An expected alert and the delivered one that is it. */
export interface MatchedAlert {
  readonly expected: ExpectedAlert;
  readonly delivered: DeliveredAlert;
}

/**
 * Compares. `expected` counts those that are certain; `delivered` all that anybody received, each
 * alert once; `uncertain` the uncertain ones among the expected, and among the delivered ones that
 * nobody expected.
 */
export function compareAlerts(
  expected: readonly ExpectedAlert[],
  delivered: readonly DeliveredAlert[],
  onDifference: OnDifference,
): { readonly figures: RunFigures['alerts']; readonly matched: readonly MatchedAlert[] } {
  const { matched, missing, extra } = matchAlerts(expected, delivered);
  const incomplete = matched.filter(({ expected, delivered }) => !isComplete(expected, delivered));
  const missed = [...missing, ...incomplete.map((match) => match.expected)].filter(
    ({ isUncertain }) => !isUncertain,
  );
  const unexpected = extra.filter(({ isUncertain }) => !isUncertain);
  const uncertain = expected.filter(({ isUncertain }) => isUncertain).length;
  for (const alert of missed) onDifference('missedAlert', { ...alert });
  for (const alert of unexpected) onDifference('unexpectedAlert', shown(alert));
  const repeats = delivered.map((alert) => ({ alert, times: repeatsOf(alert) }));
  for (const { alert, times } of repeats) {
    if (times > 0) onDifference('repeatedAlert', { ...shown(alert), times });
  }
  const figures = {
    expected: expected.length - uncertain,
    delivered: delivered.length,
    missed: missed.length,
    repeated: repeats.reduce((sum, { times }) => sum + times, 0),
    unexpected: unexpected.length,
    uncertain: uncertain + extra.length - unexpected.length,
  };
  return { figures, matched };
}

/** Sends beyond the first: one send to a theme reaches all of its followers at once. */
function repeatsOf({ received }: DeliveredAlert): number {
  return Math.max(1, ...received.values()) - 1;
}

function isComplete({ recipients }: ExpectedAlert, { received }: DeliveredAlert): boolean {
  return recipients.every((recipient) => received.has(recipient));
}

/**
 * Pairs each delivered alert with the nearest expected one of the same rule, channel and
 * destination within whose reach it fired; nearest pairs first, each alert once.
 */
function matchAlerts(
  expected: readonly ExpectedAlert[],
  delivered: readonly DeliveredAlert[],
): { matched: MatchedAlert[]; missing: ExpectedAlert[]; extra: DeliveredAlert[] } {
  const expectedOf = Map.groupBy(expected, keyOf);
  const pairs = delivered.flatMap((alert) =>
    (expectedOf.get(keyOf(alert)) ?? [])
      .filter((due) => isWithinReach(due, alert))
      .map((due) => ({ expected: due, delivered: alert })),
  );
  const distance = (pair: MatchedAlert): number =>
    Math.abs(pair.delivered.second - pair.expected.second);
  const missing = new Set(expected);
  const extra = new Set(delivered);
  const matched = pairs
    .sort((a, b) => distance(a) - distance(b))
    .filter((pair) => {
      if (!missing.has(pair.expected) || !extra.has(pair.delivered)) return false;
      missing.delete(pair.expected);
      extra.delete(pair.delivered);
      return true;
    });
  return { matched, missing: [...missing], extra: [...extra] };
}

function keyOf(alert: ExpectedAlert | DeliveredAlert): string {
  return `${alert.ruleId} ${alert.channelId} ${alert.destination}`;
}

function isWithinReach(due: ExpectedAlert, { second }: DeliveredAlert): boolean {
  const { beforeSeconds, afterSeconds } = due;
  return due.second - beforeSeconds <= second && second < due.second + Math.max(1, afterSeconds);
}

function shown(alert: DeliveredAlert): Record<string, unknown> {
  return { ...alert, received: Object.fromEntries(alert.received) };
}

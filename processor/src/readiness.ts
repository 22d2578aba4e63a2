/** Whether this process can do its work now, and if not, why: what `/readyz` says. */
import type { GroupConsumer } from '@crest/shared/kafka/port';
import type { Database } from '@crest/shared/mongo';
import { silentServers } from '@crest/shared/silence';
import type { PartitionDesk } from './partition-desk.ts';
import type { Writers } from './writers.ts';

/** What readiness depends on; each is missing until the start got so far. */
export interface ReadinessParts {
  store?: Pick<Database, 'isAnswering'>;
  writers?: Pick<Writers, 'failing'>;
  desk?: Pick<PartitionDesk, 'isAssigned' | 'gauges'>;
  consumer?: Pick<GroupConsumer, 'silentMs'>;
}

/** Reasons why it is not ready; none when it is. */
export function reasonsNotReady(parts: ReadinessParts, lagSecondsMax: number): string[] {
  const lagSeconds = parts.desk?.gauges().lagSeconds ?? 0;
  const behind = lagSeconds > lagSecondsMax ? [`${Math.round(lagSeconds)} s behind the log`] : [];
  return [...reasonsWithout(parts), ...behind];
}

function reasonsWithout({ store, writers, desk, consumer }: ReadinessParts): string[] {
  return [
    ...(desk?.isAssigned === true ? [] : ['not in the consumer group yet']),
    ...silentServers({ consumer, database: store }),
    ...(writers?.failing() ?? []).map((writer) => `cannot write to ${writer}`),
  ];
}

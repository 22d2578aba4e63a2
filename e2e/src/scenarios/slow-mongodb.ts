/**
 * MongoDB is slow for a minute: a fifth of a second there and back, and a connection so narrow that less
 * is stored than comes. What waits is in Kafka; memory holds no more than may be in flight.
 */
import { goesOn, sometime } from '../harness/expectations.ts';
import { worldLoad, type ScenarioFile } from '../harness/scenario.ts';
import type { Stage } from '../harness/stage.ts';
import { queuesBounded } from './bounds.ts';
import {
  atLeastHalf,
  duringOutages,
  nothingLeft,
  noticed,
  OUTAGE_LOAD_SECONDS,
  outagesOf,
} from './outage.ts';

const PAIRS = ['processor-mongodb', 'alerter-mongodb'] as const;
const SLOW = { delayMs: 100, bytesPerSecond: 150_000 };
/** Lag that shows that the store was the narrowest part. */
const LAGGING_SECONDS = 5;

function shape(stage: Stage, slow: { delayMs?: number; bytesPerSecond?: number }): Promise<void> {
  for (const pair of PAIRS) {
    for (const proxy of stage.system.proxies.between(pair)) proxy.shape(slow);
  }
  return Promise.resolve();
}

export const scenario: ScenarioFile = {
  about: 'MongoDB becomes slow and narrow, and recovers.',
  load: worldLoad({ seconds: OUTAGE_LOAD_SECONDS }),
  proxied: PAIRS,
  plan: (load) => {
    const { long } = outagesOf(load);
    return {
      acts: duringOutages(load, {
        begins: { about: 'MongoDB becomes slow', run: (stage) => shape(stage, SLOW) },
        ends: { about: 'MongoDB is quick again', run: (stage) => shape(stage, {}) },
      }),
      expects: [
        ...nothingLeft(load, 40),
        ...queuesBounded(),
        goesOn('collector', 'crest_collector_records_total', {
          ...long,
          perSecond: atLeastHalf(load),
        }),
        goesOn('processor', 'crest_processor_written_items_total{writer="messages"}', {
          ...long,
          perSecond: 10,
        }),
        sometime('the processor says how far behind it is', noticed(long), ({ processes }) => {
          const lag = processes['processor']?.metrics['crest_processor_lag_newest_seconds'];
          return (lag ?? 0) > LAGGING_SECONDS;
        }),
      ],
    };
  },
};

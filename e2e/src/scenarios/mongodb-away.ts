/**
 * MongoDB is away for a minute: first frozen, then dead. Chat is read on and kept in Kafka; the
 * processor fetches no more than it may have in flight.
 */
import { goesOn, saysNotReady } from '../harness/expectations.ts';
import { worldLoad, type ScenarioFile } from '../harness/scenario.ts';
import { queuesBounded } from './bounds.ts';
import {
  atLeastHalf,
  away,
  noticed,
  nothingLeft,
  OUTAGE_LOAD_SECONDS,
  outagesOf,
} from './outage.ts';

export const scenario: ScenarioFile = {
  about: 'MongoDB freezes, dies and comes back; chat is read on and waits in Kafka.',
  load: worldLoad({ seconds: OUTAGE_LOAD_SECONDS }),
  plan: (load) => {
    const { short, long } = outagesOf(load);
    const database = { part: 'database', name: 'MongoDB' };
    return {
      acts: [...away({ ...database, span: short }), ...away({ ...database, span: long })],
      expects: [
        ...nothingLeft(load, 40),
        ...queuesBounded(),
        goesOn('collector', 'crest_collector_records_total', {
          ...long,
          perSecond: atLeastHalf(load),
        }),
        saysNotReady('processor', noticed(long), /MongoDB does not answer/),
        saysNotReady('alerter', noticed(long), /MongoDB does not answer/),
      ],
    };
  },
};

/**
 * Kafka is away for a minute: first frozen, then dead. The collector reads on and writes to its spool;
 * what comes after it waits, says so, and goes on by itself.
 */
import { goesOn, saysNotReady, sometime } from '../harness/expectations.ts';
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
  about: 'Kafka freezes, dies and comes back; the collector reads on into its spool.',
  load: worldLoad({ seconds: OUTAGE_LOAD_SECONDS }),
  plan: (load) => {
    const { short, long } = outagesOf(load);
    const kafka = { part: 'kafka', name: 'Kafka' };
    return {
      acts: [...away({ ...kafka, span: short }), ...away({ ...kafka, span: long })],
      expects: [
        ...nothingLeft(load, 40),
        ...queuesBounded(),
        goesOn('collector', 'crest_collector_lines_total', {
          ...long,
          perSecond: atLeastHalf(load),
        }),
        sometime('the spool fills', noticed(long), ({ processes }) => {
          return (processes['collector']?.metrics['crest_collector_spool_bytes'] ?? 0) > 0;
        }),
        saysNotReady('collector', noticed(long), /Kafka does not take records/),
        saysNotReady('processor', noticed(long), /Kafka does not answer/),
        saysNotReady('alerter', noticed(long), /Kafka does not answer/),
      ],
    };
  },
};

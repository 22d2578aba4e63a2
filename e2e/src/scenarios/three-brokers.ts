/**
 * Three brokers, every record on three and acknowledged by two. One is restarted in order, which moves
 * its leaders; then another freezes, dies and comes back. Hardly anybody notices.
 */
import { goesOn, sometime } from '../harness/expectations.ts';
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
  about: 'Of three brokers one is rolled, another freezes, dies and comes back.',
  load: worldLoad({ seconds: OUTAGE_LOAD_SECONDS }),
  brokers: 3,
  plan: (load) => {
    const { short, long } = outagesOf(load);
    return {
      acts: [
        {
          atSeconds: short.from,
          about: 'kafka-1 is rolled: its leaders move',
          run: (stage) => stage.roll('kafka-1'),
        },
        ...away({ part: 'kafka-2', name: 'kafka-2', span: long }),
      ],
      expects: [
        ...nothingLeft(load, 20),
        ...queuesBounded(),
        goesOn('collector', 'crest_collector_lines_total', {
          ...long,
          perSecond: atLeastHalf(load),
        }),
        goesOn('processor', 'crest_processor_written_items_total{writer="messages"}', {
          ...long,
          perSecond: atLeastHalf(load),
        }),
        sometime('all are ready while one broker is away', noticed(long), ({ processes }) =>
          ['collector', 'processor', 'alerter'].every((name) => processes[name]?.ready === true),
        ),
      ],
    };
  },
};

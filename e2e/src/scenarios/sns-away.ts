/**
 * SNS is away for a minute: of the requests one half is never answered, the other with an error.
 * Everything else goes on; alerts wait in the outbox, and everybody is told once it is back.
 */
import { always, goesOn, sometime } from '../harness/expectations.ts';
import { worldLoad, type ScenarioFile } from '../harness/scenario.ts';
import { queuesBounded } from './bounds.ts';
import {
  atLeastHalf,
  duringOutages,
  nothingLeft,
  noticed,
  OUTAGE_LOAD_SECONDS,
  outagesOf,
} from './outage.ts';

export const scenario: ScenarioFile = {
  about: 'SNS hangs and fails; alerts wait in the outbox.',
  load: worldLoad({ seconds: OUTAGE_LOAD_SECONDS }),
  plan: (load) => {
    const { long } = outagesOf(load);
    return {
      acts: duringOutages(load, {
        begins: {
          about: 'SNS is away',
          run: (stage) => stage.spoilSns({ rates: { hang: 0.5, fail: 0.5 } }),
        },
        ends: { about: 'SNS is back', run: (stage) => stage.mendSns() },
      }),
      expects: [
        ...nothingLeft(load, 10),
        ...queuesBounded(),
        goesOn('processor', 'crest_processor_written_items_total{writer="messages"}', {
          ...long,
          perSecond: atLeastHalf(load),
        }),
        goesOn('alerter', 'crest_alerter_episodes_total', { ...long, perSecond: 0 }),
        always('collector and processor are ready', noticed(long), ({ processes }) => {
          return processes['collector']?.ready === true && processes['processor']?.ready === true;
        }),
        sometime('the outbox shows what waits', noticed(long), ({ processes }) => {
          return (processes['alerter']?.metrics['crest_alerter_outbox_entries'] ?? 0) > 0;
        }),
      ],
    };
  },
};

/**
 * Kafka is away for a minute: for a third of it frozen, its sockets open and silent, then dead. The
 * collector reads on and writes to its spool; what follows waits.
 */
import { bounded, goesOn, saysNotReady, sometime } from '../harness/expectations.ts';
import { worldLoad, type ScenarioFile } from '../harness/scenario.ts';
import { noticed, nothingLeft, outageOf } from './outage.ts';

const FROZEN_SHARE = 1 / 3;

export const scenario: ScenarioFile = {
  about: 'Kafka freezes, dies and comes back; the collector reads on into its spool.',
  load: worldLoad(),
  plan: (load) => {
    const outage = outageOf(load);
    const deadAt = outage.from + (outage.to - outage.from) * FROZEN_SHARE;
    const rate = load.kind === 'world' ? load.messagesPerSecond : 0;
    return {
      acts: [
        {
          atSeconds: outage.from,
          about: 'Kafka freezes',
          run: (stage) => stage.pause('kafka'),
        },
        { atSeconds: deadAt, about: 'Kafka dies', run: (stage) => stage.hold('kafka') },
        { atSeconds: outage.to, about: 'Kafka starts', run: (stage) => stage.release('kafka') },
      ],
      expects: [
        ...nothingLeft({ outage, load, withinSeconds: 25, peakMiB: 256 }),
        bounded('collector', 'crest_collector_queue_bytes', 67_108_864),
        bounded('processor', 'crest_processor_in_flight_records', 32 * 2_000),
        goesOn('collector', 'crest_collector_lines_total', { ...outage, perSecond: rate / 2 }),
        saysNotReady('collector', noticed(outage), /spool|Kafka/),
        sometime(
          'the collector spools',
          noticed(outage),
          ({ processes }) =>
            (processes['collector']?.metrics['crest_collector_spool_bytes'] ?? 0) > 0,
        ),
        saysNotReady(
          'processor',
          { from: outage.to - 10, to: outage.to - 1 },
          /Kafka|group|behind|lag/,
        ),
      ],
    };
  },
};

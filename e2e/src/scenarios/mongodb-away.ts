/**
 * MongoDB is away for a minute: for a third of it frozen, then dead. Chat goes on being read and kept
 * in Kafka; the processor stops fetching when what it could not store is at its bound.
 */
import { bounded, goesOn, saysNotReady } from '../harness/expectations.ts';
import { worldLoad, type ScenarioFile } from '../harness/scenario.ts';
import { noticed, nothingLeft, outageOf } from './outage.ts';

const FROZEN_SHARE = 1 / 3;

export const scenario: ScenarioFile = {
  about: 'MongoDB freezes, dies and comes back; chat is read on and waits in Kafka.',
  load: worldLoad(),
  plan: (load) => {
    const outage = outageOf(load);
    const deadAt = outage.from + (outage.to - outage.from) * FROZEN_SHARE;
    const rate = load.kind === 'world' ? load.messagesPerSecond : 0;
    return {
      acts: [
        {
          atSeconds: outage.from,
          about: 'MongoDB freezes',
          run: (stage) => stage.pause('database'),
        },
        { atSeconds: deadAt, about: 'MongoDB dies', run: (stage) => stage.hold('database') },
        {
          atSeconds: outage.to,
          about: 'MongoDB starts',
          run: (stage) => stage.release('database'),
        },
      ],
      expects: [
        ...nothingLeft({ outage, load, withinSeconds: 40, peakMiB: 256 }),
        bounded('processor', 'crest_processor_in_flight_records', 32 * 2_000),
        bounded('collector', 'crest_collector_queue_bytes', 67_108_864),
        goesOn('collector', 'crest_collector_records_total', { ...outage, perSecond: rate / 2 }),
        saysNotReady('processor', noticed(outage), /MongoDB/),
        saysNotReady('alerter', noticed(outage), /MongoDB/),
      ],
    };
  },
};

/** Counts what came of earlier processes in the groups of a service. */
import { Counter, type Registry } from 'prom-client';
import { PREDECESSOR_OUTCOMES, type PredecessorOutcome } from './kafkajs-predecessors.ts';

/** Registers the counter, once for a process; gives what `KafkajsOptions.onPredecessor` wants. */
export function countPredecessors(registry: Registry): (outcome: PredecessorOutcome) => void {
  const counter = new Counter({
    name: 'crest_group_predecessors_total',
    help: 'Members that an earlier process of this name left in a consumer group: removed, or (failed) there until their session runs out.',
    labelNames: ['outcome'],
    registers: [registry],
  });
  for (const outcome of PREDECESSOR_OUTCOMES) counter.inc({ outcome }, 0);
  return (outcome) => counter.inc({ outcome });
}

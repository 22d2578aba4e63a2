/** The bounds of queues that scenarios check, as the services have them by default. */
import { bounded } from '../harness/expectations.ts';
import type { Expectation } from '../harness/scenario.ts';

/** `state.inFlightTotalMax`, and a stretch of 500 that each of 32 partitions may begin whatever others have. */
const IN_FLIGHT_RECORDS_MAX = 8_000 + 32 * 500;

/** `queue.bytesMax`, and what had been read when it was reached. */
export const QUEUE_BYTES_MAX = 64 * 1024 * 1024;
export const QUEUE_SLACK_BYTES = 2 * 1024 * 1024;

/** No queue was ever longer than it may be. */
export function queuesBounded(queueBytesMax: number = QUEUE_BYTES_MAX): Expectation[] {
  return [
    bounded('collector', 'crest_collector_queue_bytes', queueBytesMax + QUEUE_SLACK_BYTES),
    bounded('processor', 'crest_processor_in_flight_records', IN_FLIGHT_RECORDS_MAX),
    bounded('alerter', 'crest_alerter_sends_in_flight', 8),
  ];
}

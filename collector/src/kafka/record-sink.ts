/** Where records go: the port behind which Kafka stands, and later a spool before it. */
import type { OutgoingRecord } from '@crest/shared/kafka/port';

export interface RecordSink {
  /** Takes the record, in the order of the calls for each partition. Never refuses, never throws. */
  put(record: OutgoingRecord): void;
  /** Resolves when everything that was put before is acknowledged. */
  flushed(): Promise<void>;
}

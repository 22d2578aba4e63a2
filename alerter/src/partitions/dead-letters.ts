/** Records that cannot be read go to `dead.letters`, acknowledged before the partition goes on. */
import type { RecordProducer } from '@crest/shared/kafka/port';
import { deadLetter, deadLetterOf } from '@crest/shared/records/dead-letter';
import type { UnreadableRecord } from './partition.ts';

export interface DeadLettersOptions {
  readonly producer: RecordProducer;
  /** Name of `dead.letters` in Kafka. */
  readonly topic: string;
  readonly nowMs: () => number;
  readonly buried: (letter: UnreadableRecord) => void;
}

/** Makes the function that puts a record aside. */
export function deadLetters({ producer, topic, nowMs, buried }: DeadLettersOptions) {
  return async (letter: UnreadableRecord): Promise<void> => {
    const { record, reason } = letter;
    const failedAtMs = nowMs();
    const origin = { topic: letter.topic, partition: letter.partition, offset: record.offset };
    const value = deadLetter.encode(
      deadLetterOf(
        { service: 'alerter', reason, origin, key: record.key, failedAtMs },
        record.value ?? '',
      ),
    );
    await producer.send([{ topic, partition: 0, key: record.key, value, timestampMs: failedAtMs }]);
    buried(letter);
  };
}

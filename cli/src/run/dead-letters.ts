/** The dead letters as they stand in Kafka, and how one goes back to where it came from. */
import type { OutgoingRecord } from '@crest/shared/kafka/port';
import { deadLetter, type DeadLetter } from '@crest/shared/records/dead-letter';
import { parseJson } from '@crest/shared/records/record';
import { CliError } from '../cli-error.ts';
import type { KafkaDesk } from './kafka-desk.ts';

/** A dead letter and its number: its offset. */
export interface NumberedLetter {
  readonly number: number;
  readonly letter: DeadLetter;
}

/** Every letter still kept, the oldest first. */
export async function readDeadLetters(kafka: KafkaDesk): Promise<NumberedLetter[]> {
  const letters: NumberedLetter[] = [];
  await kafka.kafka.readToEnd(kafka.topics.deadLetters, [0], (_partition, { offset, value }) => {
    const json = parseJson(value);
    const parsed = json.ok ? deadLetter.decode(json.value) : json;
    if (parsed.ok) letters.push({ number: offset, letter: parsed.value });
  });
  return letters;
}

/**
 * The record that puts a letter back at the end of its partition.
 *
 * A reader that has been mended meets it there like a late record: messages are dropped or counted
 * by their id, windows are corrected. A line from a socket never stood in Kafka and has no place
 * to go back to; one that was cut is not what it was.
 * @throws CliError for those two.
 */
export function replayOf({ number, letter }: NumberedLetter, wallNowMs: number): OutgoingRecord {
  const payload = Buffer.from(letter.payload, 'base64');
  if (letter.origin === null) {
    throw new CliError(
      `Dead letter ${number} is a line from a socket, which has no place in Kafka to go back to: it is kept so that the parser can be mended; later lines of its kind are then read right.`,
    );
  }
  if (payload.length < letter.payloadBytes) {
    throw new CliError(
      `Dead letter ${number} was cut from ${letter.payloadBytes} to ${payload.length} bytes and cannot be replayed: find the record at ${letter.origin.topic}/${letter.origin.partition}/${letter.origin.offset}.`,
    );
  }
  const { topic, partition } = letter.origin;
  return { topic, partition, key: letter.key, value: payload, timestampMs: wallNowMs };
}

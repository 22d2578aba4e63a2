/**
 * A producer that connects with its first send: a collector that starts while Kafka is away has one
 * all the same, and its records go the way of every send that fails.
 */
import type { Kafka, OutgoingRecord, RecordProducer } from '@crest/shared/kafka/port';

export class LateProducer implements RecordProducer {
  readonly #kafka: Kafka;
  #producer: RecordProducer | undefined;
  #connecting: Promise<RecordProducer> | undefined;

  constructor(kafka: Kafka) {
    this.#kafka = kafka;
  }

  /** @throws CrestError KAFKA_UNAVAILABLE. */
  async send(records: readonly OutgoingRecord[]): Promise<void> {
    // Not a turn of the loop later than the client itself: sends stay in the order of their calls.
    const producer = this.#producer ?? (await this.#connected());
    await producer.send(records);
  }

  /** Whoever is still to be connected is closed as soon as it is. */
  async close(): Promise<void> {
    if (this.#producer !== undefined) return this.#producer.close();
    void this.#connecting?.then(
      (producer) => producer.close(),
      () => undefined,
    );
  }

  async #connected(): Promise<RecordProducer> {
    this.#connecting ??= this.#kafka.producer();
    try {
      this.#producer = await this.#connecting;
      return this.#producer;
    } catch (error) {
      this.#connecting = undefined;
      throw error;
    }
  }
}

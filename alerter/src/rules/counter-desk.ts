/**
 * Makes sure that the phrases of rules are being counted: a `counter.wanted` record in every
 * partition of `channel.events`, acknowledged. What was asked for is remembered in the collection
 * `countersWanted`, so that a restart does not ask again; asking twice would do no harm.
 */
import type { Collection, Db } from 'mongodb';
import type { RecordProducer } from '@crest/shared/kafka/port';
import { JOURNALED } from '@crest/shared/mongo';
import { counterWanted, type CounterWanted } from '@crest/shared/records/counter-wanted';

interface CounterDocument {
  /** The counter id. */
  _id: string;
  phrase: string;
  /** Partitions that were told to start. */
  partitions: number;
  /** Wall time, epoch milliseconds. */
  startedAtMs: number;
}

export interface CounterDeskOptions {
  readonly db: Db;
  readonly producer: RecordProducer;
  /** Name of `channel.events` in Kafka. */
  readonly topic: string;
  readonly partitions: number;
  readonly nowMs: () => number;
}

export class CounterDesk {
  readonly #options: CounterDeskOptions;
  readonly #running: Collection<CounterDocument>;

  constructor(options: CounterDeskOptions) {
    this.#options = options;
    this.#running = options.db.collection<CounterDocument>('countersWanted', {
      writeConcern: JOURNALED,
    });
  }

  /**
   * Starts and stops counters until exactly `phrases` (by counter id) are counted, as the rules said
   * at `readAtMs` (wall, epoch milliseconds). Resolves when every record is acknowledged; may be
   * called again after a rejection. False where something is left for rules that are read later:
   * a counter that was started since belongs to a rule that these do not know.
   */
  async ensure(phrases: ReadonlyMap<string, string>, readAtMs: number): Promise<boolean> {
    const { partitions, nowMs } = this.#options;
    const running = await this.#running.find({}).toArray();
    const started = new Set(
      running.filter((counter) => counter.partitions === partitions).map(({ _id }) => _id),
    );
    for (const [counterId, phrase] of phrases) {
      if (started.has(counterId)) continue;
      await this.#tell(counterId, phrase, 'start');
      await this.#running.updateOne(
        { _id: counterId },
        { $set: { phrase, partitions, startedAtMs: nowMs() } },
        { upsert: true },
      );
    }
    let isDone = true;
    for (const { _id, phrase, startedAtMs } of running) {
      if (phrases.has(_id)) continue;
      if (startedAtMs >= readAtMs) {
        isDone = false;
        continue;
      }
      // Forgotten first: killed in between, the counter is only counted in vain.
      await this.#running.deleteOne({ _id });
      await this.#tell(_id, phrase, 'stop');
    }
    return isDone;
  }

  async #tell(counterId: string, phrase: string, action: CounterWanted['action']): Promise<void> {
    const { producer, topic, partitions, nowMs } = this.#options;
    const value = counterWanted.encode({
      type: 'counter.wanted',
      version: 1,
      counterId,
      phrase,
      action,
    });
    const timestampMs = nowMs();
    await producer.send(
      Array.from({ length: partitions }, (_, partition) => ({
        topic,
        partition,
        key: null,
        value,
        timestampMs,
      })),
    );
  }
}

/**
 * How much of a run is left once its last line was sent: what the processor and the alerter have
 * still to read, which windows are open, which alerts wait.
 *
 * The ends that count are taken once: the end of `channel.events` when event time has passed the
 * end of the last hour and every partition has had a tick since, and then, when the processor is
 * through, the ends of what it wrote. Ticks go on for ever, so "no lag" would never be seen.
 */
import { finalHourEndMs, eventDelays } from '../core/replay-clock.ts';
import type { DatabaseDesk } from './database-desk.ts';
import type { KafkaDesk } from './kafka-desk.ts';
import type { SimulatorStatus } from './simulator-client.ts';

export interface Remainder {
  readonly tailLeftMs: number;
  readonly processorBehind: number | null;
  readonly windowsOpen: number | null;
  readonly alerterBehind: number | null;
}

/** Wall time for a tick to reach every partition. */
const TICK_MARGIN_MS = 3_000;

const UNKNOWN = { processorBehind: null, windowsOpen: null, alerterBehind: null } as const;

export class FinishLine {
  readonly #kafka: KafkaDesk;
  readonly #database: DatabaseDesk;
  readonly #speed: number;
  #eventsEnd: number[] | undefined;
  #alerterEnds: readonly { topic: string; ends: number[] }[] | undefined;

  constructor(options: { kafka: KafkaDesk; database: DatabaseDesk; speed: number }) {
    this.#kafka = options.kafka;
    this.#database = options.database;
    this.#speed = options.speed;
  }

  /** What is left now. @throws whatever a part that is away leads to: ask again later. */
  async remainder(status: SimulatorStatus): Promise<Remainder> {
    const tailLeftMs = this.#tailLeftMs(status);
    if (tailLeftMs > 0) return { ...UNKNOWN, tailLeftMs };
    const { topics } = this.#kafka;
    this.#eventsEnd ??= await this.#kafka.endOffsets(topics.channelEvents);
    const processorBehind = await this.#kafka.behind(
      this.#kafka.groupOf('processor'),
      topics.channelEvents,
      this.#eventsEnd,
    );
    const windowsOpen = await this.#database.hoursOpen();
    if (processorBehind > 0 || windowsOpen > 0) {
      return { tailLeftMs, processorBehind, windowsOpen, alerterBehind: null };
    }
    return { tailLeftMs, processorBehind, windowsOpen, alerterBehind: await this.#alerterBehind() };
  }

  #tailLeftMs({ phase, lastLineAtMs, startAtMs, eventTimeMs }: SimulatorStatus): number {
    if (phase !== 'tail') return 1;
    const lastAtMs = lastLineAtMs ?? startAtMs ?? eventTimeMs;
    const { latenessMs } = eventDelays(this.#speed);
    const endMs = finalHourEndMs(lastAtMs) + latenessMs + TICK_MARGIN_MS * this.#speed;
    return Math.max(0, endMs - eventTimeMs);
  }

  async #alerterBehind(): Promise<number> {
    const { topics } = this.#kafka;
    this.#alerterEnds ??= await Promise.all(
      [topics.channelWindows, topics.channelSpikes].map(async (topic) => ({
        topic,
        ends: await this.#kafka.endOffsets(topic),
      })),
    );
    const group = this.#kafka.groupOf('alerter');
    const behind = await Promise.all(
      this.#alerterEnds.map(({ topic, ends }) => this.#kafka.behind(group, topic, ends)),
    );
    return behind.reduce((sum, one) => sum + one, 0);
  }
}

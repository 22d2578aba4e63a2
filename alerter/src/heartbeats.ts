/** Notes on heartbeats that came through the pipeline, in the collection `heartbeats`. */
import type { Collection, Db } from 'mongodb';
import type { Heartbeat, HeartbeatStage } from '@crest/shared/records/heartbeat';

interface HeartbeatDocument {
  _id: string;
  /** Wall time at which each stage had it, epoch milliseconds. */
  stages: Partial<Record<HeartbeatStage, number>>;
  expireAt: Date;
}

const KEEP_MS = 24 * 60 * 60 * 1000;

export class HeartbeatNotes {
  readonly #notes: Collection<HeartbeatDocument>;

  constructor(db: Db) {
    this.#notes = db.collection<HeartbeatDocument>('heartbeats');
  }

  /** Adds the alerter's stage to what is known of a heartbeat. */
  async note(heartbeat: Heartbeat, atMs: number): Promise<void> {
    const stages = { ...heartbeat.stages, alerter: atMs };
    const fields = Object.entries(stages).map(([stage, at]): [string, number] => [
      `stages.${stage}`,
      at,
    ]);
    const set: Record<string, number> = Object.fromEntries(fields);
    await this.#notes.updateOne(
      { _id: heartbeat.id },
      { $set: { ...set, expireAt: new Date(atMs + KEEP_MS) } },
      { upsert: true },
    );
  }
}

/**
 * The outbox in MongoDB, collection `outbox`. Every write is journaled: after it an offset or a
 * provider's answer is let go.
 */
import type { Collection, Db } from 'mongodb';
import { MongoBulkWriteError } from 'mongodb';
import { JOURNALED } from '@crest/shared/mongo';
import { claim, type OutboxEntry, type OutboxState, type Progress } from '../core/outbox.ts';
import type { KnownAlert, Lookup } from '../core/stages.ts';

/** A document: an entry, and when the database may forget it. */
type OutboxDocument = OutboxEntry & { expireAt: Date };

/** States that are counted; what was sent only grows and is counted as it happens. */
export const OPEN_STATES = ['due', 'sending', 'failed'] as const satisfies readonly OutboxState[];
export type OpenState = (typeof OPEN_STATES)[number];

export interface OutboxStatus {
  readonly byState: Readonly<Record<OpenState, number>>;
  /** When the entry that is due longest became so; null when none is. Wall, epoch milliseconds. */
  readonly oldestDueAtMs: number | null;
}

export interface LeaseWanted {
  /** Wall, epoch milliseconds. */
  readonly untilMs: number;
  /** Whether to take what somebody else holds and has not renewed. */
  readonly takesOver: boolean;
  /** Ids that are not to be taken over. */
  readonly except: readonly string[];
}

const DUPLICATE_KEY = 11000;

export class OutboxStore {
  readonly #entries: Collection<OutboxDocument>;
  readonly #keepMs: number;

  /** `keepMs`: how long entries are kept; longer than the longest cool-down. */
  constructor(db: Db, keepMs: number) {
    this.#entries = db.collection<OutboxDocument>('outbox', { writeConcern: JOURNALED });
    this.#keepMs = keepMs;
  }

  async ensureIndexes(): Promise<void> {
    await this.#entries.createIndex({ state: 1, nextAttemptAtMs: 1 });
    await this.#entries.createIndex({ ruleId: 1, channelId: 1, episodeAtMs: 1 });
    await this.#entries.createIndex({ expireAt: 1 }, { expireAfterSeconds: 0 });
  }

  /**
   * Puts entries in; durable when it resolves. Those whose id is there already are left as they
   * are. Returns the ids that are new.
   */
  async insert(entries: readonly OutboxEntry[]): Promise<ReadonlySet<string>> {
    const ids = new Set(entries.map(({ _id }) => _id));
    if (entries.length === 0) return ids;
    const documents = entries.map((entry) => ({
      ...entry,
      expireAt: new Date(entry.createdAtMs + this.#keepMs),
    }));
    try {
      await this.#entries.insertMany(documents, { ordered: false });
    } catch (error) {
      if (!(error instanceof MongoBulkWriteError)) throw error;
      const failed = [error.writeErrors].flat();
      const isRepeat = failed.every(({ code }) => code === DUPLICATE_KEY);
      // That all the others were inserted is not yet that they are in the journal.
      const isJournaled = error.result.getWriteConcernError() === undefined;
      if (!isRepeat || !isJournaled || failed.length === 0) throw error;
      for (const { index } of failed) ids.delete(entries[index]?._id ?? '');
    }
    return ids;
  }

  /** The alerts that lookups ask for. */
  async known(lookups: readonly Lookup[]): Promise<KnownAlert[]> {
    const found = await Promise.all(
      lookups.map(({ ruleId, channelId, fromMs, toMs }) =>
        this.#entries
          .find(
            { ruleId, channelId, episodeAtMs: { $gte: fromMs, $lte: toMs } },
            { projection: KNOWN_FIELDS },
          )
          .toArray(),
      ),
    );
    return found.flat();
  }

  /**
   * Takes the entry that is due longest, or one that its holder has not renewed; null when there
   * is none. `lease.except` are those that the owner has in hand, however long ago their leases
   * ended.
   */
  async claimNext(owner: string, nowMs: number, lease: LeaseWanted): Promise<OutboxEntry | null> {
    const due = await this.#entries.findOneAndUpdate(
      { state: 'due', nextAttemptAtMs: { $gte: 0, $lte: nowMs } },
      claimUpdate(owner, lease.untilMs),
      { sort: { nextAttemptAtMs: 1 }, returnDocument: 'after' },
    );
    if (due !== null || !lease.takesOver) return due;
    return this.#claimAbandoned(owner, nowMs, lease);
  }

  /** Holds on to entries that are being sent for longer; returns how many are still the owner's. */
  async renew(owner: string, ids: readonly string[], untilMs: number): Promise<number> {
    const { matchedCount } = await this.#entries.updateMany(
      { _id: { $in: [...ids] }, state: 'sending', 'lease.owner': owner },
      { $set: { 'lease.untilMs': untilMs } },
    );
    return matchedCount;
  }

  /**
   * Writes down what came of the try that `entry` was claimed for. False when somebody else has
   * claimed it meanwhile: then their outcome counts.
   */
  async settle(entry: OutboxEntry, change: Partial<Progress>): Promise<boolean> {
    const { _id, attempts, lease } = entry;
    const { matchedCount } = await this.#entries.updateOne(
      { _id, state: 'sending', attempts, 'lease.owner': lease?.owner ?? '' },
      { $set: change },
    );
    return matchedCount === 1;
  }

  async status(): Promise<OutboxStatus> {
    const counts = await Promise.all(
      OPEN_STATES.map(async (state): Promise<[OpenState, number]> => [
        state,
        await this.#entries.countDocuments({ state, nextAttemptAtMs: { $gte: 0 } }),
      ]),
    );
    const [oldest] = await this.#entries
      .find({ state: 'due', nextAttemptAtMs: { $gte: 0 } }, { projection: { nextAttemptAtMs: 1 } })
      .sort({ nextAttemptAtMs: 1 })
      .limit(1)
      .toArray();
    return {
      byState: Object.fromEntries(counts) as Record<OpenState, number>,
      oldestDueAtMs: oldest?.nextAttemptAtMs ?? null,
    };
  }

  // Few are in `sending` at any time, so the index on the state is enough.
  async #claimAbandoned(
    owner: string,
    nowMs: number,
    { untilMs, except }: LeaseWanted,
  ): Promise<OutboxEntry | null> {
    return this.#entries.findOneAndUpdate(
      {
        _id: { $nin: [...except] },
        state: 'sending',
        nextAttemptAtMs: { $gte: 0 },
        'lease.untilMs': { $lte: nowMs },
      },
      claimUpdate(owner, untilMs),
      { returnDocument: 'after' },
    );
  }
}

const KNOWN_FIELDS = {
  ruleId: 1,
  channelId: 1,
  destinationKey: 1,
  episodeKey: 1,
  episodeAtMs: 1,
} as const;

function claimUpdate(owner: string, untilMs: number) {
  const { attempts: _, ...change } = claim(0, owner, untilMs);
  return { $set: change, $inc: { attempts: 1 } };
}

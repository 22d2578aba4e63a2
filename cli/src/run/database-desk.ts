/** What the command itself does in the database. */
import {
  RULES_COLLECTION,
  THEMES_COLLECTION,
  type Rule,
  type Theme,
} from '@crest/shared/domain/rule';
import { openDatabase, type Database } from '@crest/shared/mongo';
import type { Collection, Document } from 'mongodb';

export interface DatabasePlace {
  readonly url: string;
  readonly database: string;
}

type ById<T> = T & { _id: string };

export interface OutboxCounts {
  /** Due, or being sent. */
  readonly open: number;
  readonly sent: number;
  readonly failed: number;
}

/** One connection to the database. */
export class DatabaseDesk {
  readonly #database: Database;

  private constructor(database: Database) {
    this.#database = database;
  }

  /** Connects. @throws CrestError MONGODB_UNAVAILABLE. */
  static async open(place: DatabasePlace): Promise<DatabaseDesk> {
    return new DatabaseDesk(await openDatabase({ ...place, connectTimeoutMs: 5_000 }));
  }

  get rules(): Collection<Rule> {
    return this.#database.db.collection<Rule>(RULES_COLLECTION);
  }

  get themes(): Collection<Theme> {
    return this.#database.db.collection<Theme>(THEMES_COLLECTION);
  }

  /** Any collection, by its name in docs/reference. */
  collection<T extends Document = Document>(name: string): Collection<ById<T>> {
    return this.#database.db.collection<ById<T>>(name);
  }

  /** Puts every one in place, by id. */
  async putRules(rules: readonly Rule[], themes: readonly Theme[]): Promise<void> {
    for (const rule of rules) {
      await this.rules.replaceOne({ _id: rule._id }, rule, { upsert: true });
    }
    for (const theme of themes) {
      await this.themes.replaceOne({ _id: theme._id }, theme, { upsert: true });
    }
  }

  /** Reads every bucket of lines: for a question now and then. */
  async messagesStored(): Promise<number> {
    const lines = { _id: null, count: { $sum: { $size: '$messages' } } };
    const [sum] = await this.collection('messageBuckets')
      .aggregate<{ count: number }>([{ $group: lines }])
      .toArray();
    return sum?.count ?? 0;
  }

  /** Windows of an hour of which the watermark has not passed the end. */
  async hoursOpen(): Promise<number> {
    return this.collection('windows1h').countDocuments({ final: { $ne: true } });
  }

  async outbox(): Promise<OutboxCounts> {
    const outbox = this.collection('outbox');
    const [all, sent, failed] = await Promise.all([
      outbox.estimatedDocumentCount(),
      outbox.countDocuments({ state: 'sent' }),
      outbox.countDocuments({ state: 'failed' }),
    ]);
    return { open: Math.max(0, all - sent - failed), sent, failed };
  }

  close(): Promise<void> {
    return this.#database.close();
  }
}

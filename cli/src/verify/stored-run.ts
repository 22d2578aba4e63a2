/** The database's part of a run's sources. */
import type { Rule, Theme } from '@crest/shared/domain/rule';
import {
  parseRule,
  parseTheme,
  RULES_COLLECTION,
  THEMES_COLLECTION,
} from '@crest/shared/domain/rule';
import type { Collection, Db, Document } from 'mongodb';
import type { z } from 'zod';
import type { StoredWindow } from './compare-windows.ts';
import type { Difference } from './run-report.ts';
import type { RunSources, StoredMessage } from './run-sources.ts';
import { StoredMessages } from './stored-messages.ts';
import {
  gapDocument,
  gapsOf,
  outboxDocument,
  spikeDocument,
  storeAckDocument,
  tenDocument,
  windowDocument,
  windowsOfTen,
} from './stored-documents.ts';

const BATCH_SIZE = 5_000;
/** What a judgement needs of a bucket of lines. */
const LINES = { partition: 1, 'messages.id': 1, 'messages.offset': 1 };
const WINDOW_COLLECTIONS = ['windows10s', 'windows1m', 'windows1h'] as const;

interface StringKeyed extends Document {
  _id: string;
}

interface BucketDocument extends StringKeyed {
  partition: number;
  messages: { id: string; offset: number }[];
}

interface AllMessages {
  readonly byRoom: Map<string, StoredMessages>;
  readonly total: number;
}

type StoredPart = Omit<RunSources, 'ledger' | 'channelEvents' | 'inbox' | 'unreadable'>;

/** Reads one database. What cannot be read is left out and told of. */
export class StoredRun implements StoredPart {
  readonly #db: Db;
  readonly #onUnreadable: (difference: Difference) => void;
  readonly #byRoom = new Map<string, Promise<ReadonlyMap<string, StringKeyed[]>>>();
  #messages: Promise<AllMessages> | undefined;
  #windowDocumentsRead = 0;

  constructor(db: Db, onUnreadable: (difference: Difference) => void) {
    this.#db = db;
    this.#onUnreadable = onUnreadable;
  }

  /** Messages of a room, once: they are forgotten by then. */
  async *messages(roomId: string): AsyncGenerator<StoredMessage> {
    this.#messages ??= this.#readMessages();
    const { byRoom } = await this.#messages;
    yield* byRoom.get(roomId) ?? [];
    byRoom.delete(roomId);
  }

  async messagesTotal(): Promise<number> {
    this.#messages ??= this.#readMessages();
    return (await this.#messages).total;
  }

  async windows(roomId: string): Promise<StoredWindow[]> {
    const read = async <T>(name: string, schema: z.ZodType<T>): Promise<T[]> =>
      this.#checked(name, schema, await this.#ofRoom(name, roomId));
    const tens = await read('windows10s', tenDocument);
    const minutes = await read('windows1m', windowDocument);
    const hours = await read('windows1h', windowDocument);
    this.#windowDocumentsRead += tens.length + minutes.length + hours.length;
    return [
      ...tens.flatMap(windowsOfTen),
      ...minutes.map((window) => ({ ...window, spanSeconds: 60 })),
      ...hours.map((window) => ({ ...window, spanSeconds: 3600 })),
    ];
  }

  async windowDocumentsTotal(): Promise<number> {
    const counts = WINDOW_COLLECTIONS.map((name) => this.#db.collection(name).countDocuments());
    return (await Promise.all(counts)).reduce((sum, count) => sum + count, 0);
  }

  windowDocumentsRead(): number {
    return this.#windowDocumentsRead;
  }

  spikes() {
    return this.#read('spikes', spikeDocument);
  }

  async gaps() {
    return gapsOf(await this.#read('gaps', gapDocument));
  }

  storeAcks() {
    return this.#read('storeAcks', storeAckDocument);
  }

  outbox() {
    return this.#read('outbox', outboxDocument);
  }

  async rules(): Promise<Rule[]> {
    return this.#parsed(await this.#collection(RULES_COLLECTION).find().toArray(), parseRule);
  }

  async themes(): Promise<Theme[]> {
    return this.#parsed(await this.#collection(THEMES_COLLECTION).find().toArray(), parseTheme);
  }

  #collection(name: string): Collection<StringKeyed> {
    return this.#db.collection<StringKeyed>(name);
  }

  async #read<T>(name: string, schema: z.ZodType<T>): Promise<T[]> {
    const documents = this.#collection(name).find({}, { batchSize: BATCH_SIZE });
    return this.#checked(name, schema, await documents.toArray());
  }

  /** As `#ofRoom`, but there are millions. */
  async #readMessages(): Promise<AllMessages> {
    const byRoom = new Map<string, StoredMessages>();
    let total = 0;
    const found = this.#db
      .collection<BucketDocument>('messageBuckets')
      .find({}, { projection: LINES, batchSize: BATCH_SIZE });
    for await (const { _id, partition, messages } of found) {
      const roomId = roomOf(_id);
      const mine = byRoom.get(roomId) ?? new StoredMessages();
      byRoom.set(roomId, mine);
      for (const { id, offset } of messages) {
        mine.push({ _id: `${_id}:${id}`, messageId: id, partition, offset });
      }
      total += messages.length;
    }
    return { byRoom, total };
  }

  /**
   * The documents of a room. A collection is read once, as a whole: some servers read all of it for
   * every range of keys.
   */
  async #ofRoom(name: string, roomId: string): Promise<StringKeyed[]> {
    let byRoom = this.#byRoom.get(name);
    if (byRoom === undefined) {
      byRoom = this.#readByRoom(name);
      this.#byRoom.set(name, byRoom);
    }
    return (await byRoom).get(roomId) ?? [];
  }

  async #readByRoom(name: string): Promise<Map<string, StringKeyed[]>> {
    const byRoom = new Map<string, StringKeyed[]>();
    const found = this.#collection(name).find({}, { batchSize: BATCH_SIZE });
    for await (const document of found) {
      const roomId = roomOf(document._id);
      const mine = byRoom.get(roomId);
      if (mine === undefined) byRoom.set(roomId, [document]);
      else mine.push(document);
    }
    return byRoom;
  }

  #checked<T>(name: string, schema: z.ZodType<T>, documents: readonly StringKeyed[]): T[] {
    return this.#parsed(documents, (document) => {
      const parsed = schema.safeParse(document);
      if (parsed.success) return { ok: true, value: parsed.data };
      const issue = parsed.error.issues[0];
      return { ok: false, reason: `${name} ${issue?.path.join('.') ?? ''}: ${issue?.message}` };
    });
  }

  #parsed<T>(
    documents: readonly StringKeyed[],
    parse: (document: unknown) => { ok: true; value: T } | { ok: false; reason: string },
  ): T[] {
    return documents.flatMap((document) => {
      const parsed = parse(document);
      if (parsed.ok) return [parsed.value];
      this.#onUnreadable({ documentId: document._id, reason: parsed.reason });
      return [];
    });
  }
}

/** The keys of a room begin with its id and a colon. */
function roomOf(key: string): string {
  return key.slice(0, key.indexOf(':'));
}

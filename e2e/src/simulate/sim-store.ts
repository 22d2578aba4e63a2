/**
 * A database in memory behind the few calls of the driver that Crest makes, with the driver's
 * answers: upserts that meet their own key fail with 11000, bulks that are not ordered go on after
 * an error. Each process has its own connection; every call goes over the wire.
 */
import { MongoBulkWriteError, MongoNetworkError, MongoServerError, type Db } from 'mongodb';
import { change, copyOf, copyOfDoc, matches, seedOf, type Doc } from './documents.ts';
import type { Host } from './virtual-time.ts';
import type { Wire } from './wire.ts';

type Documents = Map<unknown, Doc>;

interface WriteError {
  readonly code: number;
  readonly index: number;
  readonly errmsg: string;
}

interface ReplaceOne {
  readonly filter: object;
  readonly replacement: object;
  readonly upsert?: boolean;
}
interface UpdateOne {
  readonly filter: object;
  readonly update: object;
  readonly upsert?: boolean;
}
interface BulkOperation {
  readonly replaceOne?: ReplaceOne;
  readonly updateOne?: UpdateOne;
  readonly insertOne?: { readonly document: object };
}

const DUPLICATE_KEY = 11000;

/** The data of one database. */
export class SimStore {
  readonly #collections = new Map<string, Documents>();
  #ids = 0;

  /** A connection of a process. */
  connect(host: Host, wire: Wire): Db {
    const collection = (name: string): SimCollection =>
      new SimCollection({ name, documents: this.of(name), nextId: this.#nextId, host, wire });
    return { collection } as unknown as Db;
  }

  /** The documents of a collection by their ids. */
  of(name: string): Documents {
    const found = this.#collections.get(name) ?? new Map<unknown, Doc>();
    this.#collections.set(name, found);
    return found;
  }

  readonly #nextId = (): string => {
    this.#ids += 1;
    return `id-${this.#ids}`;
  };
}

interface Connection {
  readonly name: string;
  readonly documents: Documents;
  readonly nextId: () => string;
  readonly host: Host;
  readonly wire: Wire;
}

interface FindOptions {
  readonly sort?: Readonly<Record<string, 1 | -1>>;
  readonly limit?: number;
  readonly projection?: Readonly<Record<string, 0 | 1>>;
  readonly returnDocument?: 'before' | 'after';
  readonly upsert?: boolean;
}

class SimCollection {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  createIndex(): Promise<string> {
    return Promise.resolve('index');
  }

  insertOne(document: object): Promise<object> {
    const copy = this.#withId(document);
    return this.#call('insertOne', () => {
      this.#insert(copy);
      return { acknowledged: true, insertedId: copy._id };
    });
  }

  insertMany(documents: readonly object[], options: { ordered?: boolean } = {}): Promise<object> {
    const operations = documents.map((document) => ({ insertOne: { document } }));
    return this.bulkWrite(operations, options, 'insertMany');
  }

  bulkWrite(
    operations: readonly BulkOperation[],
    { ordered = true }: { ordered?: boolean } = {},
    label = 'bulkWrite',
  ): Promise<object> {
    const steps = operations.map((operation) => this.#stepOf(operation));
    return this.#call(`${label} ${steps.length}`, (share) => {
      const errors: WriteError[] = [];
      const upTo = Math.ceil(steps.length * share);
      for (let index = 0; index < upTo && !(ordered && errors.length > 0); index += 1) {
        try {
          steps[index]?.();
        } catch (error) {
          if (!(error instanceof MongoServerError)) throw error;
          errors.push({ code: DUPLICATE_KEY, index, errmsg: error.message });
        }
      }
      if (errors.length > 0) throw bulkError(errors);
      return { acknowledged: true, insertedCount: steps.length };
    });
  }

  updateOne(filter: object, update: object, options: FindOptions = {}): Promise<object> {
    const step = this.#updateStep({ filter, update, upsert: options.upsert === true });
    return this.#call('updateOne', step);
  }

  updateMany(filter: object, update: object): Promise<object> {
    const [wanted, changes] = [copyOf(filter) as object, copyOf(update) as object];
    return this.#call('updateMany', (share) => {
      const found = this.#find(wanted);
      const some = found.slice(0, Math.ceil(found.length * share));
      for (const doc of some) change(doc, changes, false);
      return { acknowledged: true, matchedCount: found.length, modifiedCount: some.length };
    });
  }

  replaceOne(filter: object, replacement: object, options: FindOptions = {}): Promise<object> {
    const step = this.#replaceStep({ filter, replacement, upsert: options.upsert === true });
    return this.#call('replaceOne', step);
  }

  findOneAndUpdate(filter: object, update: object, options: FindOptions = {}): Promise<Doc | null> {
    const [wanted, changes] = [copyOf(filter) as object, copyOf(update) as object];
    return this.#call('findOneAndUpdate', () => {
      const [found] = this.#find(wanted, options);
      if (found === undefined && options.upsert !== true) return null;
      const before = found === undefined ? null : copyOfDoc(found);
      const doc = found ?? this.#upserted(wanted);
      change(doc, changes, found === undefined);
      return options.returnDocument === 'after' ? copyOfDoc(doc) : before;
    });
  }

  deleteOne(filter: object): Promise<object> {
    const wanted = copyOf(filter) as object;
    return this.#call('deleteOne', () => this.#delete(this.#find(wanted).slice(0, 1)));
  }

  deleteMany(filter: object): Promise<object> {
    const wanted = copyOf(filter) as object;
    return this.#call('deleteMany', (share) => {
      const found = this.#find(wanted);
      return this.#delete(found.slice(0, Math.ceil(found.length * share)));
    });
  }

  findOne(filter: object, options: FindOptions = {}): Promise<Doc | null> {
    const wanted = copyOf(filter) as object;
    return this.#call('findOne', () => {
      const [found] = this.#find(wanted, options);
      return found === undefined ? null : copyOfDoc(found);
    });
  }

  countDocuments(filter: object = {}): Promise<number> {
    return this.#call('countDocuments', () => this.#find(filter).length);
  }

  find(filter: object = {}, options: FindOptions = {}): SimCursor {
    const wanted = copyOf(filter) as object;
    return new SimCursor(options, (chosen) =>
      this.#call('find', () => this.#find(wanted, chosen).map((doc) => projected(doc, chosen))),
    );
  }

  // -- steps: what is done at once --------------------------------------------------------------------

  #stepOf(operation: BulkOperation): () => unknown {
    const { insertOne, replaceOne, updateOne } = operation;
    if (insertOne !== undefined) {
      const copy = this.#withId(insertOne.document);
      return () => this.#insert(copy);
    }
    if (replaceOne !== undefined) return this.#replaceStep(replaceOne);
    if (updateOne !== undefined) return this.#updateStep(updateOne);
    throw new Error(`bulk operation ${Object.keys(operation).join()} is not known here`);
  }

  #replaceStep({ filter, replacement, upsert }: ReplaceOne): () => object {
    const [wanted, copy] = [copyOf(filter) as object, copyOf(replacement) as object];
    return () => {
      const [found] = this.#find(wanted);
      if (found === undefined && upsert !== true) return { acknowledged: true, matchedCount: 0 };
      if (found === undefined) this.#insert(this.#withId({ ...onlyId(wanted), ...copy }));
      else this.#connection.documents.set(found._id, { ...copyOfDoc(copy), _id: found._id });
      return { acknowledged: true, matchedCount: found === undefined ? 0 : 1 };
    };
  }

  #updateStep({ filter, update, upsert }: UpdateOne): () => object {
    const [wanted, changes] = [copyOf(filter) as object, copyOf(update) as object];
    return () => {
      const [found] = this.#find(wanted);
      const matchedCount = found === undefined ? 0 : 1;
      if (found === undefined && upsert !== true) return { acknowledged: true, matchedCount };
      change(found ?? this.#upserted(wanted), changes, found === undefined);
      return { acknowledged: true, matchedCount };
    };
  }

  #upserted(filter: object): Doc {
    const doc = this.#withId(seedOf(filter));
    this.#insert(doc);
    return doc;
  }

  #insert(doc: Doc): void {
    const { documents, name } = this.#connection;
    if (documents.has(doc._id)) {
      const message = `E11000 duplicate key error collection: ${name} _id: ${String(doc._id)}`;
      throw new MongoServerError({ message, code: DUPLICATE_KEY });
    }
    documents.set(doc._id, doc);
  }

  #delete(found: readonly Doc[]): object {
    for (const { _id } of found) this.#connection.documents.delete(_id);
    return { acknowledged: true, deletedCount: found.length };
  }

  #find(filter: object, { sort, limit }: FindOptions = {}): Doc[] {
    const { documents } = this.#connection;
    const { _id } = filter as { _id?: unknown };
    if (typeof _id === 'string') {
      const doc = documents.get(_id);
      return doc !== undefined && matches(doc, filter) ? [doc] : [];
    }
    const found = [...documents.values()].filter((doc) => matches(doc, filter));
    const [by] = Object.entries(sort ?? { _id: 1 });
    if (by !== undefined) found.sort((a, b) => by[1] * order(a[by[0]], b[by[0]]));
    return limit === undefined ? found : found.slice(0, limit);
  }

  #withId(document: object): Doc {
    const copy = copyOfDoc(document);
    copy._id ??= this.#connection.nextId();
    return copy;
  }

  #call<T>(label: string, apply: (share: number) => T): Promise<T> {
    const { host, wire, name } = this.#connection;
    const failure = (): Error => new MongoNetworkError('the connection was lost');
    return wire.call({ host, label: `${name}.${label}`, apply, failure });
  }
}

class SimCursor {
  readonly #read: (options: FindOptions) => Promise<Doc[]>;
  #options: FindOptions;

  constructor(options: FindOptions, read: (options: FindOptions) => Promise<Doc[]>) {
    this.#options = options;
    this.#read = read;
  }

  sort(sort: Readonly<Record<string, 1 | -1>>): this {
    this.#options = { ...this.#options, sort };
    return this;
  }

  limit(limit: number): this {
    this.#options = { ...this.#options, limit };
    return this;
  }

  toArray(): Promise<Doc[]> {
    return this.#read(this.#options);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Doc> {
    yield* await this.toArray();
  }
}

function projected(doc: Doc, { projection }: FindOptions): Doc {
  const names = Object.entries(projection ?? {}).filter(([, shown]) => shown === 1);
  if (names.length === 0) return copyOfDoc(doc);
  const fields = names.map(([name]): [string, unknown] => [name, doc[name]]);
  return copyOfDoc({ _id: doc._id, ...Object.fromEntries(fields) });
}

function onlyId(filter: object): object {
  const { _id } = filter as { _id?: unknown };
  return typeof _id === 'string' ? { _id } : {};
}

function order(a: unknown, b: unknown): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  const [left, right] = [String(a), String(b)];
  return left < right ? -1 : Number(left > right);
}

function bulkError(writeErrors: readonly WriteError[]): MongoBulkWriteError {
  const [first] = writeErrors;
  const error = { message: first?.errmsg ?? '', code: first?.code ?? 0, writeErrors };
  const result = { getWriteConcernError: () => undefined };
  // The driver's own way of making one: there is no other that `instanceof` takes for it.
  return new MongoBulkWriteError(error as never, result as never);
}

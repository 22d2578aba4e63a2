/**
 * Rules and themes as they stand in MongoDB, read anew every few seconds: people change them with
 * the cli or by hand, and a change is in force within one interval.
 */
import type { Db } from 'mongodb';
import {
  parseRule,
  parseTheme,
  RULES_COLLECTION,
  THEMES_COLLECTION,
  type Rule,
  type Theme,
} from '@crest/shared/domain/rule';
import type { Parsed } from '@crest/shared/records/record';
import { EMPTY_BOOK, RuleBook } from '../core/rule-book.ts';

/** What is read from the database. */
export interface RuleSet {
  readonly book: RuleBook;
  readonly themes: readonly Theme[];
  /** When they were last read, wall, epoch milliseconds. */
  readonly readAtMs: number;
}

interface Stored {
  _id: string;
}

export interface RuleSourceOptions {
  readonly db: Db;
  /** The most rules, and the most themes, that are read. */
  readonly documentsMax: number;
  readonly nowMs: () => number;
  readonly events: RuleSourceEvents;
}

export interface RuleSourceEvents {
  /** A document was left out. Called once for each content of it. */
  documentRefused(collection: string, id: string, reason: string): void;
  /** There are more documents than `documentsMax`: the rest was left out. */
  documentsOverLimit(collection: string, documentsMax: number): void;
}

export class RuleSource {
  readonly #options: RuleSourceOptions;
  readonly #refused = new Map<string, string>();
  #fingerprint = '';
  #current: RuleSet = { book: EMPTY_BOOK, themes: [], readAtMs: 0 };

  constructor(options: RuleSourceOptions) {
    this.#options = options;
  }

  get current(): RuleSet {
    return this.#current;
  }

  /**
   * Reads everything; resolves to true when something changed. Documents are compared as they come
   * and only checked when they are other ones: a thousand are read every few seconds.
   */
  async refresh(): Promise<boolean> {
    const readAtMs = this.#options.nowMs();
    const rules = await this.#read(RULES_COLLECTION);
    const themes = await this.#read(THEMES_COLLECTION);
    const fingerprint = JSON.stringify([rules, themes]);
    if (fingerprint === this.#fingerprint) {
      this.#current = { ...this.#current, readAtMs };
      return false;
    }
    const parsed = {
      rules: this.#parsed<Rule>(RULES_COLLECTION, rules, parseRule),
      themes: this.#parsed<Theme>(THEMES_COLLECTION, themes, parseTheme),
    };
    const book = new RuleBook(parsed.rules, parsed.themes);
    this.#current = { book, themes: parsed.themes, readAtMs };
    this.#fingerprint = fingerprint;
    return true;
  }

  async #read(collection: string): Promise<Stored[]> {
    const { db, documentsMax, events } = this.#options;
    const documents = await db
      .collection<Stored>(collection)
      .find({}, { limit: documentsMax + 1 })
      .toArray();
    if (documents.length > documentsMax) events.documentsOverLimit(collection, documentsMax);
    return documents.slice(0, documentsMax);
  }

  #parsed<T>(
    collection: string,
    documents: readonly Stored[],
    parse: (document: unknown) => Parsed<T>,
  ): T[] {
    return documents.flatMap((document) => {
      const parsed = parse(document);
      if (parsed.ok) return [parsed.value];
      this.#refuse(collection, String(document._id), parsed.reason);
      return [];
    });
  }

  #refuse(collection: string, id: string, reason: string): void {
    const key = `${collection}/${id}`;
    if (this.#refused.get(key) === reason) return;
    this.#refused.set(key, reason);
    this.#options.events.documentRefused(collection, id, reason);
  }
}

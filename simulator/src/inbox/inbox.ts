import type { InboxEntry, InboxOutcome } from './inbox-entry.ts';
import { inboxOutcomes } from './inbox-entry.ts';
import { InboxFile, readInboxFile } from './inbox-file.ts';

/** Where an inbox keeps its entries. */
export type InboxOptions = {
  /** Newest entries held in memory; older ones are only in the file. */
  readonly memoryMax: number;
  /** Path of the file of all entries; undefined keeps none. */
  readonly file: string | undefined;
};

/** What to look for; every condition has to hold. */
export type InboxQuery = {
  /** Part of the endpoint, in any case; undefined = any. */
  readonly destination: string | undefined;
  /** Only entries accepted at or after this wall epoch ms; undefined = any. */
  readonly sinceMs: number | undefined;
  /** Most entries to return. */
  readonly limit: number;
};

/** Entries ever recorded, by outcome, and the delivered ones by protocol. */
export type InboxTotals = {
  readonly byOutcome: Readonly<Record<InboxOutcome, number>>;
  readonly delivered: { readonly email: number; readonly sms: number };
};

/** Everything the pretend SNS delivered: the newest in memory, all of it in a file. */
export class Inbox {
  readonly #memoryMax: number;
  readonly #file: InboxFile | undefined;
  readonly #byOutcome = new Map<InboxOutcome, number>(inboxOutcomes.map((name) => [name, 0]));
  readonly #delivered = { email: 0, sms: 0 };
  /** Oldest first; trimmed when it is twice as long as it should be. */
  #newest: InboxEntry[] = [];

  private constructor(options: InboxOptions) {
    this.#memoryMax = options.memoryMax;
    this.#file = options.file === undefined ? undefined : new InboxFile(options.file);
  }

  /** Opens an inbox; what an earlier run left in its file counts as recorded. */
  static async open(options: InboxOptions): Promise<Inbox> {
    const inbox = new Inbox(options);
    if (options.file === undefined) return inbox;
    for await (const line of readInboxFile(options.file)) {
      if (line.ok) inbox.#remember(line.value);
    }
    return inbox;
  }

  /** Records an entry. When this returns, it survives the death of this process. */
  record(entry: InboxEntry): void {
    this.#file?.append(entry);
    this.#remember(entry);
  }

  /** Entries newest first, out of those still in memory. */
  find(query: InboxQuery): InboxEntry[] {
    const wanted = query.destination?.toLowerCase() ?? '';
    const found: InboxEntry[] = [];
    for (let index = this.#newest.length - 1; index >= 0 && found.length < query.limit; index--) {
      const entry = this.#newest[index];
      if (entry === undefined) continue;
      if (entry.acceptedAtMs < (query.sinceMs ?? -Infinity)) continue;
      if (entry.destination.endpoint.toLowerCase().includes(wanted)) found.push(entry);
    }
    return found;
  }

  totals(): InboxTotals {
    const count = (outcome: InboxOutcome): number => this.#byOutcome.get(outcome) ?? 0;
    return {
      byOutcome: {
        delivered: count('delivered'),
        'no-subscriber': count('no-subscriber'),
        unconfirmed: count('unconfirmed'),
        suspended: count('suspended'),
        filtered: count('filtered'),
        'opted-out': count('opted-out'),
      },
      delivered: { ...this.#delivered },
    };
  }

  /** Closes the file. Idempotent. */
  close(): void {
    this.#file?.close();
  }

  #remember(entry: InboxEntry): void {
    const { protocol } = entry.destination;
    this.#byOutcome.set(entry.outcome, (this.#byOutcome.get(entry.outcome) ?? 0) + 1);
    if (entry.outcome === 'delivered' && protocol !== 'none') this.#delivered[protocol] += 1;
    this.#newest.push(entry);
    if (this.#newest.length >= 2 * this.#memoryMax) {
      this.#newest = this.#newest.slice(-this.#memoryMax);
    }
  }
}

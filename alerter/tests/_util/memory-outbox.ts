/** The outbox in memory, by the same pure transitions as the real one: for tests of its users. */
import { claim, isClaimable, type OutboxEntry, type Progress } from '../../src/core/outbox.ts';
import type { KnownAlert, Lookup } from '../../src/core/stages.ts';
import type { LeaseWanted } from '../../src/outbox/outbox-store.ts';

export class MemoryOutbox {
  readonly entries = new Map<string, OutboxEntry>();
  /** The next calls to fail, as if the database were away. */
  failures = 0;

  insert(entries: readonly OutboxEntry[]): Promise<ReadonlySet<string>> {
    return this.#answer(() => {
      const fresh = entries.filter(({ _id }) => !this.entries.has(_id));
      for (const entry of fresh) this.entries.set(entry._id, entry);
      return new Set(fresh.map(({ _id }) => _id));
    });
  }

  known(lookups: readonly Lookup[]): Promise<KnownAlert[]> {
    return this.#answer(() =>
      [...this.entries.values()].filter((entry) =>
        lookups.some(
          ({ ruleId, channelId, fromMs, toMs }) =>
            entry.ruleId === ruleId &&
            entry.channelId === channelId &&
            entry.episodeAtMs >= fromMs &&
            entry.episodeAtMs <= toMs,
        ),
      ),
    );
  }

  claimNext(
    owner: string,
    nowMs: number,
    { untilMs, takesOver, except }: LeaseWanted,
  ): Promise<OutboxEntry | null> {
    return this.#answer(() => {
      const found = [...this.entries.values()].find(
        (entry) =>
          isClaimable(entry, nowMs) &&
          !except.includes(entry._id) &&
          (takesOver || entry.state === 'due'),
      );
      if (found === undefined) return null;
      const claimed = { ...found, ...claim(found.attempts, owner, untilMs) };
      this.entries.set(found._id, claimed);
      return claimed;
    });
  }

  renew(owner: string, ids: readonly string[], untilMs: number): Promise<number> {
    return this.#answer(() => {
      const mine = ids.filter((id) => this.entries.get(id)?.lease?.owner === owner);
      for (const id of mine) {
        const entry = this.entries.get(id);
        if (entry !== undefined) this.entries.set(id, { ...entry, lease: { owner, untilMs } });
      }
      return mine.length;
    });
  }

  settle(entry: OutboxEntry, change: Partial<Progress>): Promise<boolean> {
    return this.#answer(() => {
      const now = this.entries.get(entry._id);
      const isMine = now?.attempts === entry.attempts && now.lease?.owner === entry.lease?.owner;
      if (now === undefined || !isMine) return false;
      this.entries.set(entry._id, { ...now, ...change });
      return true;
    });
  }

  async #answer<T>(work: () => T): Promise<T> {
    await Promise.resolve();
    if (this.failures > 0) {
      this.failures -= 1;
      throw new Error('the database is away');
    }
    return work();
  }
}

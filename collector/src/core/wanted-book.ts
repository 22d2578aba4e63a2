/** What the held partitions of `channels.wanted` say: which channels are to be read by us. */
import { type ChannelWanted, wantedKey } from '@crest/shared/records/channel-wanted';

export interface WantedChange {
  readonly partition: number;
  readonly key: string;
  /** Null: nobody wants it any more. */
  readonly value: ChannelWanted | null;
}

/** An entry to be written: a login whose id has become known moves under its id. */
export type ResolvedLogin = { readonly key: string; readonly value: ChannelWanted | null };

export class WantedBook {
  readonly #byPartition = new Map<number, Map<string, ChannelWanted>>();

  apply({ partition, key, value }: WantedChange): void {
    const entries = this.#byPartition.get(partition) ?? new Map<string, ChannelWanted>();
    this.#byPartition.set(partition, entries);
    if (value === null) entries.delete(key);
    else entries.set(key, value);
  }

  /** Forgets every partition but these. */
  keepOnly(partitions: readonly number[]): void {
    for (const partition of this.#byPartition.keys()) {
      if (!partitions.includes(partition)) this.#byPartition.delete(partition);
    }
  }

  /** Logins to be read. */
  logins(): Set<string> {
    const logins = new Set<string>();
    for (const entries of this.#byPartition.values()) {
      for (const { channelLogin } of entries.values()) logins.add(channelLogin);
    }
    return logins;
  }

  /**
   * What to write when a room's id becomes known: where the login is wanted under its name, the
   * entry under the id and a tombstone for the name (semantics.md, The log of a channel).
   */
  resolve(login: string, channelId: string): ResolvedLogin[] {
    const key = wantedKey({ channelId: null, channelLogin: login });
    const isNamed = [...this.#byPartition.values()].some((entries) => entries.has(key));
    if (!isNamed) return [];
    const value: ChannelWanted = {
      type: 'channel.wanted',
      version: 1,
      channelId,
      channelLogin: login,
    };
    return [
      { key: channelId, value },
      { key, value: null },
    ];
  }
}

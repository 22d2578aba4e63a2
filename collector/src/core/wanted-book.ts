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

  forget(partition: number): void {
    this.#byPartition.delete(partition);
  }

  /** The login is not to be read by us any more: another holder reads it. */
  giveUp(partition: number, login: string): void {
    const entries = this.#byPartition.get(partition);
    for (const [key, { channelLogin }] of entries ?? []) {
      if (channelLogin === login) entries?.delete(key);
    }
  }

  /** Nothing is wanted in the partition, as far as we know. */
  isEmpty(partition: number): boolean {
    return (this.#byPartition.get(partition)?.size ?? 0) === 0;
  }

  /** Logins to be read in those partitions. */
  logins(partitions: Iterable<number>): Set<string> {
    const logins = new Set<string>();
    for (const partition of partitions) {
      for (const { channelLogin } of this.#byPartition.get(partition)?.values() ?? []) {
        logins.add(channelLogin);
      }
    }
    return logins;
  }

  /** The id under which a login is wanted; null where it is not known. */
  channelIdOf(login: string): string | null {
    for (const entries of this.#byPartition.values()) {
      for (const { channelId, channelLogin } of entries.values()) {
        if (channelLogin === login && channelId !== null) return channelId;
      }
    }
    return null;
  }

  /** The login of a channel that is wanted in the partition. */
  loginOf(partition: number, channelId: string): string | undefined {
    return this.#byPartition.get(partition)?.get(channelId)?.channelLogin;
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

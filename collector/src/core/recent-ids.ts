/**
 * The ids of the newest lines, to drop what comes twice: through two sockets while one takes over
 * from another, or because Twitch repeats itself. Bounded: an id is known for at least `idsMax` / 2
 * further ids and at most `idsMax`. What slips through is dropped downstream, by the same identity.
 *
 * Nearly all ids are UUIDs of channels with a number and are kept as numbers (`uuid-table.ts`); the
 * others, which the collector makes up where Twitch gives none, as strings.
 */
import { UUID_WORDS, UuidTable, uuidWords } from './uuid-table.ts';

/** Ids that came one after the other. */
interface Generation {
  readonly uuids: UuidTable;
  readonly texts: Set<string>;
}

const CHANNEL_NUMBER = /^[1-9]\d{0,14}$/;

export class RecentIds {
  readonly #half: number;
  readonly #words = new Int32Array(UUID_WORDS);
  #newer: Generation;
  #older: Generation;

  constructor(idsMax: number) {
    this.#half = Math.max(1, Math.floor(idsMax / 2));
    this.#newer = { uuids: new UuidTable(this.#half), texts: new Set() };
    this.#older = { uuids: new UuidTable(this.#half), texts: new Set() };
  }

  /** Notes the id of a channel's line; false where it was known already. */
  add(channelId: string, id: string): boolean {
    if (CHANNEL_NUMBER.test(channelId) && uuidWords(id, this.#words)) {
      return this.addUuid(Number(channelId), this.#words);
    }
    const text = `${channelId}/${id}`;
    if (this.#newer.texts.has(text) || this.#older.texts.has(text)) return false;
    this.#makeRoom();
    this.#newer.texts.add(ownCopy(text));
    return true;
  }

  /** The same for an id that is a UUID, as its four words, of a channel whose id is a number. */
  addUuid(channel: number, uuid: Int32Array): boolean {
    if (this.#newer.uuids.has(channel, uuid) || this.#older.uuids.has(channel, uuid)) return false;
    this.#makeRoom();
    this.#newer.uuids.add(channel, uuid);
    return true;
  }

  get size(): number {
    return sizeOf(this.#newer) + sizeOf(this.#older);
  }

  #makeRoom(): void {
    if (sizeOf(this.#newer) < this.#half) return;
    const forgotten = this.#older;
    forgotten.uuids.clear();
    forgotten.texts.clear();
    this.#older = this.#newer;
    this.#newer = forgotten;
  }
}

function sizeOf({ uuids, texts }: Generation): number {
  return uuids.size + texts.size;
}

/**
 * A string cut out of a longer one keeps the longer one alive, here a whole frame for one id. Cutting
 * from a fresh concatenation makes V8 write the characters out first.
 */
function ownCopy(id: string): string {
  return ` ${id}`.slice(1);
}

/**
 * Ids of rooms by login, as their ROOMSTATE told them: CLEARMSG and NOTICE name the login only.
 * Logins move from one channel to another, ids do not: the last word counts.
 */
export class RoomDirectory {
  readonly #ids = new Map<string, string>();

  /** Returns true where this is news. */
  learn(login: string, channelId: string): boolean {
    if (this.#ids.get(login) === channelId) return false;
    this.#ids.set(login, channelId);
    return true;
  }

  channelIdOf(login: string): string | undefined {
    return this.#ids.get(login);
  }

  /** Forgets every login but these, so that it never grows beyond what is read. */
  keepOnly(logins: ReadonlySet<string>): void {
    for (const login of this.#ids.keys()) {
      if (!logins.has(login)) this.#ids.delete(login);
    }
  }
}

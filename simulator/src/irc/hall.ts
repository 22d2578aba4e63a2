/** Who is connected and who reads which room. */
import type { Room } from '../core/room.ts';
import { type ScheduledLine, withoutTags } from '../core/scheduled-line.ts';
import type { Connection } from './connection.ts';

export class Hall {
  readonly #connections = new Set<Connection>();
  readonly #readers = new Map<Room, Connection[]>();
  readonly #touched = new Set<Connection>();

  get connections(): ReadonlySet<Connection> {
    return this.#connections;
  }

  /** Rooms that somebody reads. */
  get roomsRead(): number {
    return this.#readers.size;
  }

  /** Bytes that clients have not taken yet, all together. */
  get backlogBytes(): number {
    let bytes = 0;
    for (const connection of this.#connections) bytes += connection.backlogBytes;
    return bytes;
  }

  enter(connection: Connection): void {
    this.#connections.add(connection);
  }

  /** Forgets a connection; its rooms, for the books. */
  leave(connection: Connection): Room[] {
    this.#connections.delete(connection);
    this.#touched.delete(connection);
    const rooms = [...connection.session.rooms];
    for (const room of rooms) this.part(connection, room);
    return rooms;
  }

  join(connection: Connection, room: Room): void {
    const readers = this.#readers.get(room);
    if (readers === undefined) this.#readers.set(room, [connection]);
    else readers.push(connection);
  }

  part(connection: Connection, room: Room): void {
    const left = (this.#readers.get(room) ?? []).filter((reader) => reader !== connection);
    if (left.length === 0) this.#readers.delete(room);
    else this.#readers.set(room, left);
  }

  roomsOfLogin(login: string): number {
    let rooms = 0;
    for (const { session } of this.#connections) {
      if (session.nick === login) rooms += session.rooms.size;
    }
    return rooms;
  }

  /** Gives a line to all readers of its room; how many got it. Goes out with `flush`. */
  deliver(line: ScheduledLine, rendered: string, nowMs: number): number {
    const readers = this.#readers.get(line.room);
    if (readers === undefined) return 0;
    let count = 0;
    for (const reader of readers) {
      const { capabilities } = reader.session;
      if (line.command !== 'PRIVMSG' && !capabilities.has('twitch.tv/commands')) continue;
      const text = capabilities.has('twitch.tv/tags') ? rendered : withoutTags(rendered);
      if (reader.write(text, nowMs)) count += 1;
      this.#touched.add(reader);
    }
    return count;
  }

  /** Sends what `deliver` gathered; every connection that it touched is handed to `check`. */
  flush(check: (connection: Connection) => void): void {
    for (const connection of this.#touched) {
      connection.flush();
      check(connection);
    }
    this.#touched.clear();
  }
}

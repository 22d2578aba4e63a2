/**
 * A line of chat that waits for its time. Everything but the stamp is written already, so that
 * sending it is three strings joined.
 */
import type { Room } from './room.ts';

export type LineCommand = 'PRIVMSG' | 'USERNOTICE' | 'CLEARCHAT' | 'CLEARMSG';

export interface ScheduledLine {
  /** Milliseconds of event time after the start of the run. */
  readonly offsetMs: number;
  readonly room: Room;
  readonly command: LineCommand;
  /** The `id` tag, empty for commands that have none. */
  readonly id: string;
  /** USERNOTICE: what happened, in a shared chat copy the real word; else empty. */
  readonly msgId: string;
  readonly userId: string;
  /** CLEARMSG: message id; CLEARCHAT: user id, empty for the whole room; else empty. */
  readonly target: string;
  /** Without the wrapping of `/me`. */
  readonly text: string;
  readonly isAction: boolean;
  readonly bits: number;
  readonly emotes: number;
  readonly mirrored: boolean;
  /** The line up to and including `tmi-sent-ts=`. */
  readonly head: string;
  /** The line from behind the stamp on, with CRLF. */
  readonly tail: string;
}

/** The whole line with its tags, stamped (epoch milliseconds). */
export function renderLine(line: ScheduledLine, stampMs: number): string {
  return line.head + stampMs + line.tail;
}

/** The line as a reader without the tags capability gets it. */
export function withoutTags(rendered: string): string {
  return rendered.startsWith('@') ? rendered.slice(rendered.indexOf(' ') + 1) : rendered;
}

/**
 * What one line of chat says, in our words: what the wire translation hands to `normalise`.
 * Nothing is decided yet: the room may still lack its id, the line its stamp.
 */

interface Placed {
  readonly channelLogin: string;
  /** Empty where the line does not say it. */
  readonly channelId: string;
}

interface Stamped extends Placed {
  /** Event time as Twitch stamped it, epoch milliseconds; null for none, NaN for an unreadable one. */
  readonly stampMs: number | null;
}

interface Authored extends Stamped {
  /** Message id; empty for none. */
  readonly id: string;
  readonly userId: string;
  readonly userLogin: string;
  readonly userName: string;
  readonly text: string;
  /** Where a shared chat has it from, as the line says it; empty strings for no shared chat. */
  readonly sourceChannelId: string;
  readonly sourceId: string;
  /** Tags that have no field of their own here. */
  readonly tags: Record<string, string>;
}

export interface MessageLine extends Authored {
  readonly kind: 'message';
  readonly isAction: boolean;
  readonly bits: number;
  /** Ranges of emotes, as `id:start-end,start-end/id:...` in code points. */
  readonly emoteRanges: string;
  readonly replyTo: string;
}

export interface NoticeLine extends Authored {
  readonly kind: 'notice';
  readonly notice: string;
  readonly systemText: string;
  readonly params: Record<string, string>;
}

export interface DeletionLine extends Stamped {
  readonly kind: 'deletion';
  readonly scope: 'message' | 'user' | 'room';
  readonly targetMessageId: string | null;
  readonly targetUserId: string | null;
  readonly targetUserLogin: string | null;
  readonly timeoutSeconds: number | null;
}

export interface RoomStateLine extends Placed {
  readonly kind: 'roomState';
  /** All settings are there: the answer to a join, which confirms it. */
  readonly isFull: boolean;
  readonly settings: Record<string, string>;
}

export interface RoomNoticeLine extends Placed {
  readonly kind: 'roomNotice';
  readonly notice: string;
  readonly systemText: string;
}

/** Lines about the connection, not about a room's chat. */
export interface ControlLine {
  readonly kind: 'control';
  readonly signal: 'welcome' | 'ping' | 'pong' | 'reconnect' | 'parted' | 'authFailed' | 'none';
  readonly channelLogin: string;
  /** Whom it is about. */
  readonly login: string;
  readonly text: string;
}

export interface UnreadableLine {
  readonly kind: 'unreadable';
  readonly reason: string;
}

/** Lines that become records. */
export type ChatLine = MessageLine | NoticeLine | DeletionLine | RoomStateLine | RoomNoticeLine;

export type TwitchLine = ChatLine | ControlLine | UnreadableLine;

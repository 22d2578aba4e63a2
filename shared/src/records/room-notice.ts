/** What Twitch says to the reader about a room (IRC NOTICE), such as a mode that was switched on. */
import { z } from 'zod';
import { defineRecord } from './record.ts';

export interface RoomNotice {
  type: 'room.notice';
  version: 1;
  channelId: string;
  channelLogin: string;
  /** Event time, epoch milliseconds (the event clock: such lines carry no stamp). */
  atMs: number;
  /** Twitch's `msg-id`; empty where it gave none. */
  notice: string;
  systemText: string;
}

export const roomNotice = defineRecord<RoomNotice>(
  'room.notice',
  1,
  z.object({
    type: z.literal('room.notice'),
    version: z.literal(1),
    channelId: z.string().min(1),
    channelLogin: z.string(),
    atMs: z.int().nonnegative(),
    notice: z.string(),
    systemText: z.string(),
  }),
);

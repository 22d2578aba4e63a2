/** Settings of a room (IRC ROOMSTATE): all of them after a join, later only what changed. */
import { z } from 'zod';
import { defineRecord } from './record.ts';

export interface RoomState {
  type: 'room.state';
  version: 1;
  channelId: string;
  channelLogin: string;
  /** Event time, epoch milliseconds (the event clock: such lines carry no stamp). */
  atMs: number;
  /** Setting name (`slow`, `subs-only`, ...) to value, as Twitch words them. */
  settings: Record<string, string>;
}

export const roomState = defineRecord<RoomState>(
  'room.state',
  1,
  z.object({
    type: z.literal('room.state'),
    version: z.literal(1),
    channelId: z.string().min(1),
    channelLogin: z.string(),
    atMs: z.int().nonnegative(),
    settings: z.record(z.string(), z.string()),
  }),
);

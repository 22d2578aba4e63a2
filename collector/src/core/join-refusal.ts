/** Why Twitch does not let us read a room, by the word of its NOTICE. */

/** A closed list: it becomes a metric label. */
export const JOIN_REFUSALS = ['suspended', 'banned', 'terms'] as const;
export type JoinRefusal = (typeof JOIN_REFUSALS)[number];

const REFUSAL_OF: Readonly<Record<string, JoinRefusal>> = {
  msg_channel_suspended: 'suspended',
  msg_channel_blocked: 'suspended',
  msg_banned: 'banned',
  tos_ban: 'terms',
};

/** The refusal that a notice means; null for every other notice. */
export function joinRefusalOf(notice: string): JoinRefusal | null {
  return Object.hasOwn(REFUSAL_OF, notice) ? (REFUSAL_OF[notice] ?? null) : null;
}

/**
 * The faults that the pretend Twitch can do, as one table: what may be said about each, and a
 * sentence for people. How they are done is in `irc/fault-desk.ts`.
 *
 * `connections` is how many open connections it befalls, picked by the seed, or `all` of them.
 */
import { z } from 'zod';

const connections = z.union([z.int().positive(), z.literal('all')]).default(1);
const forMs = z.int().positive().max(3_600_000).default(5_000);
const chance = z.number().gt(0).max(1).default(1);

export const FAULT_SCHEMAS = {
  /** The socket is gone at once, without a close frame. */
  cut: z.strictObject({ fault: z.literal('cut'), connections }),
  /** The next line breaks off in the middle, in a whole frame; then the socket is gone. */
  'cut-mid-line': z.strictObject({ fault: z.literal('cut-mid-line'), connections }),
  /** The next frame breaks off in the middle; then the socket is gone. */
  'cut-mid-frame': z.strictObject({ fault: z.literal('cut-mid-frame'), connections }),
  /** RECONNECT is said; the socket closes `afterMs` later. */
  reconnect: z.strictObject({
    fault: z.literal('reconnect'),
    connections,
    afterMs: z.int().nonnegative().max(600_000).default(10_000),
  }),
  /** Nothing is heard for `forMs`; then everything comes at once, in order. */
  delay: z.strictObject({ fault: z.literal('delay'), connections, forMs }),
  /** For `forMs` lines come twice, each with this chance. */
  duplicate: z.strictObject({ fault: z.literal('duplicate'), connections, forMs, chance }),
  /** For `forMs` lines change places with the one before, each with this chance. */
  reorder: z.strictObject({ fault: z.literal('reorder'), connections, forMs, chance }),
  /** So many lines that no parser can make sense of, once. */
  malformed: z.strictObject({
    fault: z.literal('malformed'),
    connections,
    lines: z.int().positive().max(1_000).default(5),
  }),
  /** The socket stays open, but nothing goes through it any more, in either direction. */
  'half-open': z.strictObject({ fault: z.literal('half-open'), connections }),
  /** A room of the connection throws it out by a PART, and refuses it for `forMs`. */
  ban: z.strictObject({ fault: z.literal('ban'), connections, forMs }),
  /** Joins are refused for `forMs`: by a NOTICE, or by silence. */
  'refuse-joins': z.strictObject({
    fault: z.literal('refuse-joins'),
    forMs,
    how: z.enum(['suspended', 'banned', 'tos', 'silent']).default('silent'),
  }),
  /** For `forMs` stamps lie by `byMs` (positive: in the future), each with this chance. */
  'bend-stamps': z.strictObject({
    fault: z.literal('bend-stamps'),
    forMs,
    chance,
    byMs: z.int().min(-86_400_000).max(86_400_000),
  }),
} as const;

export type FaultKind = keyof typeof FAULT_SCHEMAS;
export const FAULT_KINDS = Object.keys(FAULT_SCHEMAS) as readonly FaultKind[];

export type FaultOrder = { [K in FaultKind]: z.infer<(typeof FAULT_SCHEMAS)[K]> }[FaultKind];

/** Reads an order, as it comes to `POST /faults`. Bad input is data: a reason, no exception. */
export function parseFaultOrder(
  json: unknown,
): { ok: true; value: FaultOrder } | { ok: false; reason: string } {
  const kind = (json as { fault?: unknown } | null)?.fault;
  const schema = FAULT_KINDS.find((each) => each === kind);
  if (schema === undefined) {
    return { ok: false, reason: `fault must be one of ${FAULT_KINDS.join(', ')}` };
  }
  const parsed = FAULT_SCHEMAS[schema].safeParse(json);
  if (parsed.success) return { ok: true, value: parsed.data };
  const issue = parsed.error.issues[0];
  return { ok: false, reason: `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'malformed'}` };
}

/** Lines that no parser can make sense of: cut tags, no command, no room, bytes that are not text. */
export const MALFORMED_LINES: readonly string[] = [
  '@badge-info=;badges=;color=#00FF7F;display-name=Hal',
  '@id=00000000-0000-4000-8000-000000000000;room-id=1;tmi-sent-ts=1',
  ':nobody!nobody@nobody.tmi.twitch.tv',
  '@room-id=;tmi-sent-ts=abc :tmi.twitch.tv PRIVMSG',
  ': PRIVMSG # :',
  '@=;;=;; :\uFFFD PRIVMSG #\uFFFD\uFFFD',
  '\u0000\u0001\u0002\u0003',
  '@tmi-sent-ts=99999999999999999999999 :a!a@a.tmi.twitch.tv PRIVMSG #nowhere_at_all :out of time',
];

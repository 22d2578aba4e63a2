import { z } from 'zod';

/**
 * What became of one accepted message at one destination.
 *
 * - `delivered`: it reached the pretend mailbox or telephone.
 * - `no-subscriber`: its topic has no subscription at all.
 * - `unconfirmed`: the subscription still waits for its owner's confirmation.
 * - `suspended`: it was the message that exceeded the email rate; the subscription now waits for a
 *   new confirmation.
 * - `filtered`: the subscription's filter policy does not want it.
 * - `opted-out`: the telephone's owner has said STOP.
 */
export const inboxOutcomes = [
  'delivered',
  'no-subscriber',
  'unconfirmed',
  'suspended',
  'filtered',
  'opted-out',
] as const;

const entrySchema = z.strictObject({
  version: z.literal(1),
  outcome: z.enum(inboxOutcomes),
  /** Wall epoch ms at which the request's first byte was handled. */
  requestAtMs: z.number().int(),
  /** Wall epoch ms at which SNS took charge of the message, before the answer was written. */
  acceptedAtMs: z.number().int(),
  messageId: z.string(),
  /** Protocol `none` with an empty endpoint stands for "nobody" (`no-subscriber`). */
  destination: z.strictObject({
    protocol: z.enum(['email', 'sms', 'none']),
    endpoint: z.string(),
  }),
  /** Null for what went straight to a telephone. */
  topicArn: z.string().nullable(),
  /** Null where there is none: straight to a telephone, or nobody. */
  subscriptionArn: z.string().nullable(),
  subject: z.string().nullable(),
  message: z.string(),
  /** Name to value; the data types are not kept. */
  messageAttributes: z.record(z.string(), z.string()),
  /** How the text travels by SMS; null for other protocols. */
  sms: z
    .strictObject({ encoding: z.enum(['GSM-7', 'UCS-2']), parts: z.number().int().positive() })
    .nullable(),
});

/** One line of the inbox file: a message and what became of it at one destination. */
export type InboxEntry = Readonly<z.infer<typeof entrySchema>>;

/** See {@link InboxEntry}; each outcome is described there. */
export type InboxOutcome = (typeof inboxOutcomes)[number];

/** A line of the inbox file, or why it is none. */
export type InboxLine =
  | { readonly ok: true; readonly value: InboxEntry }
  | { readonly ok: false; readonly reason: string };

/** One line of the inbox file, without the line break. */
export function encodeInboxEntry(entry: InboxEntry): string {
  return JSON.stringify(entry);
}

/** The inverse of {@link encodeInboxEntry}. */
export function decodeInboxEntry(line: string): InboxLine {
  let json: unknown;
  try {
    json = JSON.parse(line);
  } catch {
    return { ok: false, reason: 'not JSON' };
  }
  const parsed = entrySchema.safeParse(json);
  if (parsed.success) return { ok: true, value: parsed.data };
  return { ok: false, reason: z.prettifyError(parsed.error) };
}

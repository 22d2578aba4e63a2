/** Something that could not be understood, kept with its reason so that it can be looked at and replayed. */
import { z } from 'zod';
import { defineRecord } from './record.ts';

/** The most of a payload that is kept, in bytes; `payloadBytes` says how long it was. */
export const DEAD_LETTER_PAYLOAD_BYTES_MAX = 64 * 1024;

export interface DeadLetter {
  type: 'dead.letter';
  version: 1;
  /** Who gave up on it. */
  service: 'collector' | 'processor' | 'alerter';
  reason: string;
  /** Where it stood in Kafka; null for what never got there, such as a line from a socket. */
  origin: { topic: string; partition: number; offset: number } | null;
  /** Key of the record, or the connection of the line. */
  key: string | null;
  /** The bytes, base64, cut to the maximum. */
  payload: string;
  payloadBytes: number;
  /** Wall time, epoch milliseconds. */
  failedAtMs: number;
}

export const deadLetter = defineRecord<DeadLetter>(
  'dead.letter',
  1,
  z.object({
    type: z.literal('dead.letter'),
    version: z.literal(1),
    service: z.enum(['collector', 'processor', 'alerter']),
    reason: z.string(),
    origin: z
      .object({
        topic: z.string(),
        partition: z.int().nonnegative(),
        offset: z.int().nonnegative(),
      })
      .nullable(),
    key: z.string().nullable(),
    payload: z.string(),
    payloadBytes: z.int().nonnegative(),
    failedAtMs: z.int().nonnegative(),
  }),
);

/** Makes the letter, cutting the payload to its maximum. */
export function deadLetterOf(
  facts: Omit<DeadLetter, 'type' | 'version' | 'payload' | 'payloadBytes'>,
  payload: Uint8Array | string,
): DeadLetter {
  const bytes = Buffer.from(payload as Uint8Array);
  return {
    type: 'dead.letter',
    version: 1,
    ...facts,
    payload: bytes.subarray(0, DEAD_LETTER_PAYLOAD_BYTES_MAX).toString('base64'),
    payloadBytes: bytes.length,
  };
}

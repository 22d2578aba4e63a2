/**
 * The ledger: what the pretend Twitch did, one JSON object a line (NDJSON), in the order done.
 *
 * It is the oracle of every test and run: expected counts, windows, episodes and alerts are
 * recomputed from it by code that shares nothing with the processor. Its rules:
 * - The first entry is `run`. `start` comes before the first `line`, `end` after the last one.
 * - A `line` is written at its time, whether or not anyone was reading (`readers` 0).
 * - A line counts once however often it was sent: repeats on purpose are `fault` entries.
 * - Texts stand as the sockets carried them, less the wrapping of `/me`.
 *
 * `...atMs` is event time, `wallMs` wall time, both in epoch milliseconds.
 */
import { z } from 'zod';

const millis = z.int();

/** The run and its rooms; `clock` is the event clock as `wallAnchorMs,eventAnchorMs,speed`. */
const runEntry = z.object({
  kind: z.literal('run'),
  runId: z.string(),
  seed: z.int(),
  mode: z.enum(['replay', 'world']),
  clock: z.string(),
  rooms: z.array(z.object({ login: z.string(), id: z.string() })),
});

/** A reader's join was confirmed: its full ROOMSTATE went out. `room` is the room id. */
const joinEntry = z.object({
  kind: z.literal('join'),
  room: z.string(),
  login: z.string(),
  connection: z.int(),
  atMs: millis,
  wallMs: millis,
});

/** A reader left a room: by PART, or with its socket. */
const partEntry = z.object({
  kind: z.literal('part'),
  room: z.string(),
  login: z.string(),
  connection: z.int(),
  reason: z.enum(['part', 'socket', 'slow', 'refused', 'fault', 'stop']),
  atMs: millis,
  wallMs: millis,
});

/** The lines begin: every room has a confirmed reader, or somebody said so. */
const startEntry = z.object({ kind: z.literal('start'), atMs: millis, wallMs: millis });

/** The commands of which the ledger keeps lines. */
export const LEDGER_COMMANDS = ['PRIVMSG', 'USERNOTICE', 'CLEARCHAT', 'CLEARMSG'] as const;

/** One line of chat in one room. */
const lineEntry = z.object({
  kind: z.literal('line'),
  /** Room id. */
  room: z.string(),
  /** The line's own `id` tag; empty for CLEARCHAT and CLEARMSG, which have none. */
  id: z.string(),
  /** The stamp it carries (`tmi-sent-ts`). */
  atMs: millis,
  /** When it was written to the sockets, or would have been. */
  wallMs: millis,
  command: z.enum(LEDGER_COMMANDS),
  /** USERNOTICE only: what happened; for a shared chat copy the real word (`source-msg-id`). */
  msgId: z.string().optional(),
  /** Who wrote it or is named as its cause; empty for CLEARCHAT and CLEARMSG. */
  userId: z.string(),
  /** CLEARMSG: id of the deleted message. CLEARCHAT: id of the user, empty for the whole room. */
  target: z.string().optional(),
  text: z.string(),
  /** Present and true for `/me`. */
  action: z.literal(true).optional(),
  bits: z.int().nonnegative(),
  /** Occurrences in the `emotes` tag. */
  emotes: z.int().nonnegative(),
  /** True for a copy out of another room's shared chat. */
  mirrored: z.boolean(),
  /** Sockets that it was written to. */
  readers: z.int().nonnegative(),
  /** Only where a fault bent the stamp: the event time at which it really was sent. */
  trueAtMs: millis.optional(),
});

/** A fault done on command or by the schedule; `detail` holds what this kind of fault adds. */
const faultEntry = z.object({
  kind: z.literal('fault'),
  fault: z.string(),
  connection: z.int().optional(),
  detail: z.record(z.string(), z.unknown()).optional(),
  atMs: millis,
  wallMs: millis,
});

/** The lines are over (or the simulator was stopped); `lines` counts the `line` entries. */
const endEntry = z.object({
  kind: z.literal('end'),
  atMs: millis,
  wallMs: millis,
  lines: z.int().nonnegative(),
});

export const ledgerEntry = z.discriminatedUnion('kind', [
  runEntry,
  joinEntry,
  partEntry,
  startEntry,
  lineEntry,
  faultEntry,
  endEntry,
]);

export type LedgerEntry = z.infer<typeof ledgerEntry>;
export type LedgerLine = z.infer<typeof lineEntry>;
export type LedgerRun = z.infer<typeof runEntry>;
export type LedgerFault = z.infer<typeof faultEntry>;
export type LedgerCommand = (typeof LEDGER_COMMANDS)[number];

/** One entry as it stands in the file, with its line feed. */
export function printLedgerEntry(entry: LedgerEntry): string {
  return entry.kind === 'line' ? printLine(entry) : `${JSON.stringify(entry)}\n`;
}

/**
 * What `JSON.stringify` would print, in a quarter of the time: a load test writes 25,000 of these
 * a second. Ids and commands have nothing in them that JSON escapes; texts and words may.
 */
function printLine(line: LedgerLine): string {
  const { msgId, target, action, trueAtMs } = line;
  return (
    `{"kind":"line","room":"${line.room}","id":"${line.id}","atMs":${line.atMs},` +
    `"wallMs":${line.wallMs},"command":"${line.command}",` +
    (msgId === undefined ? '' : `"msgId":${JSON.stringify(msgId)},`) +
    `"userId":"${line.userId}",` +
    (target === undefined ? '' : `"target":"${target}",`) +
    `"text":${JSON.stringify(line.text)},${action === undefined ? '' : '"action":true,'}` +
    `"bits":${line.bits},"emotes":${line.emotes},"mirrored":${line.mirrored},` +
    `"readers":${line.readers}${trueAtMs === undefined ? '' : `,"trueAtMs":${trueAtMs}`}}\n`
  );
}

/** Reads one line of the file. Bad input is data: a reason, never an exception. */
export function parseLedgerEntry(
  line: string,
): { ok: true; value: LedgerEntry } | { ok: false; reason: string } {
  let json: unknown;
  try {
    json = JSON.parse(line);
  } catch (error) {
    return { ok: false, reason: `not JSON: ${(error as Error).message}` };
  }
  const parsed = ledgerEntry.safeParse(json);
  if (parsed.success) return { ok: true, value: parsed.data };
  const issue = parsed.error.issues[0];
  return { ok: false, reason: `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'malformed'}` };
}

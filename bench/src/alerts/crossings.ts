/**
 * The alerts of a run with the lines that made them due, by the same recount as the report of a
 * run (docs/reference/semantics.md): `latencyMs.alert` here and there is one figure.
 */
import { RULES_COLLECTION, type Rule } from '@crest/shared/domain/rule';
import { compareAlerts, type ExpectedAlert } from '@crest/cli/verify/compare-alerts';
import { alertsOf, episodesOf, type RuledRoom } from '@crest/cli/verify/expected-alerts';
import type { OutboxAlert } from '@crest/cli/verify/run-sources';
import { StoredRun } from '@crest/cli/verify/stored-run';
import { readLedger } from '@crest/simulator/ledger/ledger-reader';
import { readLedgerBook } from '@crest/simulator/recount/ledger-book';
import type { RoomBook } from '@crest/simulator/recount/room-book';
import type { Db } from 'mongodb';

/** An alert that was due, and the line that made it so. */
export interface Crossing {
  readonly roomId: string;
  /** Id of the crossing line. */
  readonly messageId: string;
  /** When it was written to the sockets. Wall, epoch milliseconds. */
  readonly writtenAtMs: number;
  /** Outbox id; null where nobody was told. */
  readonly alertId: string | null;
  /** When the provider accepted; null where it did not. */
  readonly acceptedAtMs: number | null;
}

/** Rules that can fire at all: those that wait for thousands of messages are left out. */
const ATLEAST_MAX = 4_000;

/** The crossings of rules on messages, between two moments of wall time. */
export async function readCrossings(
  { db, ledgerFile }: { db: Db; ledgerFile: string },
  { fromMs, toMs }: { fromMs: number; toMs: number },
): Promise<Crossing[]> {
  const stored = new StoredRun(db, ({ reason }) => {
    throw new Error(`the database holds what cannot be read: ${String(reason)}`);
  });
  const rules = (await db.collection<Rule>(RULES_COLLECTION).find().toArray()).filter(canFire);
  const gaps = Map.groupBy(await stored.gaps(), ({ roomId }) => roomId);
  const outbox = await stored.outbox();
  const book = await readLedgerBook(readLedger(ledgerFile), []);
  const due = [...book.rooms.values()].flatMap((room) =>
    dueIn(rules, {
      room,
      countedInOrder: [...room.inStampOrder()],
      counterSpans: new Map(),
      gaps: gaps.get(room.roomId) ?? [],
      spikes: [],
      spikeSpanSeconds: 1,
    }),
  );
  const inTime = due.filter(({ writtenAtMs }) => fromMs <= writtenAtMs && writtenAtMs < toMs);
  return withOutcomes(due, inTime, outbox);
}

interface Due extends Omit<Crossing, 'alertId' | 'acceptedAtMs'> {
  readonly alert: ExpectedAlert;
}

function canFire({ condition }: Rule): boolean {
  return condition.kind === 'messages' && condition.atLeast <= ATLEAST_MAX;
}

function dueIn(rules: readonly Rule[], ruled: RuledRoom): Due[] {
  const { room } = ruled;
  const mine = rules.filter(
    ({ target }) => target.kind === 'channels' && target.channelIds.includes(room.roomId),
  );
  return mine.flatMap((rule) =>
    episodesOf(rule, ruled).flatMap((episode) => {
      const { crossing } = episode;
      const context = { ruled, theme: undefined, isRuleLate: crossing === null };
      const alerts = alertsOf(episode, rule, context);
      return alerts.map((alert) => ({
        alert,
        roomId: room.roomId,
        messageId: crossing === null ? '' : idAt(room, crossing),
        writtenAtMs: crossing === null ? NaN : room.wallMs.at(crossing),
      }));
    }),
  );
}

function idAt(room: RoomBook, index: number): string {
  return [...room.ids()][index] ?? '';
}

function withOutcomes(
  due: readonly Due[],
  asked: readonly Due[],
  outbox: readonly OutboxAlert[],
): Crossing[] {
  const delivered = outbox
    .filter(({ sentAtMs }) => sentAtMs !== null)
    .map((alert) => ({
      ...alert,
      received: new Map([[alert.destination, 1]]),
      isUncertain: false,
    }));
  const { matched } = compareAlerts(
    due.map(({ alert }) => alert),
    delivered,
    () => undefined,
  );
  const alertIds = new Map(matched.map((pair) => [pair.expected, pair.delivered.alertId]));
  const sentAt = new Map(outbox.map(({ alertId, sentAtMs }) => [alertId, sentAtMs]));
  return asked
    .filter(({ alert }) => !alert.isUncertain)
    .map(({ alert, roomId, messageId, writtenAtMs }) => {
      const alertId = alertIds.get(alert) ?? null;
      const acceptedAtMs = alertId === null ? null : (sentAt.get(alertId) ?? null);
      return { roomId, messageId, writtenAtMs, alertId, acceptedAtMs };
    });
}

/** Joins the inbox (what people received) with the outbox (what it was about). */
import type { InboxEntry } from '@crest/simulator/inbox/inbox-entry';
import type { GapSpan } from '@crest/simulator/recount/gap-span';
import type { DeliveredAlert } from './compare-alerts.ts';
import { touchesAny } from './expected-alerts.ts';
import type { OutboxAlert } from './run-sources.ts';

/** Recipients and how often each got it, by alert id. */
export type Receipts = Map<string, Map<string, number>>;

/** Counts what reached a mailbox or telephone; what is no alert (a question to confirm) is left out. */
export async function readReceipts(
  inbox: AsyncIterable<InboxEntry> | Iterable<InboxEntry>,
): Promise<Receipts> {
  const receipts: Receipts = new Map();
  for await (const { outcome, destination, messageAttributes } of inbox) {
    const alertId = messageAttributes['alertId'];
    if (outcome !== 'delivered' || alertId === undefined) continue;
    const received = receipts.get(alertId) ?? new Map<string, number>();
    receipts.set(alertId, received);
    const recipient = `${destination.protocol}:${destination.endpoint}`;
    received.set(recipient, (received.get(recipient) ?? 0) + 1);
  }
  return receipts;
}

/**
 * The alerts that somebody received. One that the outbox does not know is of no rule, and so
 * nobody expected it.
 */
export function deliveredAlerts(
  receipts: Receipts,
  outbox: readonly OutboxAlert[],
  context: {
    readonly gapsOf: (channelId: string) => readonly GapSpan[];
    /** How far a rule looks back, seconds; 1 where the rule is gone. */
    readonly looksBackSeconds: (ruleId: string) => number;
  },
): DeliveredAlert[] {
  const known = new Map(outbox.map((alert) => [alert.alertId, alert]));
  return [...receipts].map(([alertId, received]) => {
    const alert = known.get(alertId);
    if (alert === undefined) {
      const nothing = { ruleId: '', channelId: '', second: 0, destination: '' };
      return { alertId, ...nothing, received, isUncertain: false };
    }
    const { ruleId, channelId, second, destination } = alert;
    const fromSecond = second - context.looksBackSeconds(ruleId) + 1;
    const isUncertain = touchesAny(context.gapsOf(channelId), fromSecond, second);
    return { alertId, ruleId, channelId, second, destination, received, isUncertain };
  });
}

/** What one line of the ledger adds to the windows it falls in. */
import type { LedgerLine } from '../ledger/ledger-line.ts';

/** What a window counts, less chatters (distinct) and counters (by phrase). */
export interface LineCounts {
  readonly messages: number;
  readonly emotes: number;
  /** Unicode code points. */
  readonly length: number;
  readonly bits: number;
  readonly subs: number;
  readonly commands: number;
  readonly mirrored: number;
}

/**
 * Notices that stand for one subscription each. `submysterygift` announces the `subgift` lines
 * that follow and is none itself.
 */
const SUBSCRIPTIONS: readonly (string | undefined)[] = [
  'sub',
  'resub',
  'subgift',
  'anonsubgift',
  'giftpaidupgrade',
  'anongiftpaidupgrade',
  'primepaidupgrade',
];

const NOTHING: LineCounts = {
  messages: 0,
  emotes: 0,
  length: 0,
  bits: 0,
  subs: 0,
  commands: 0,
  mirrored: 0,
};

/** A message or notice: what has an id, is kept as a document, and counts as sent. */
export function isKept(line: LedgerLine): boolean {
  return line.command === 'PRIVMSG' || line.command === 'USERNOTICE';
}

/** Lines copied by a shared chat count as `mirrored` alone; notices count only as subscriptions. */
export function countsOf(line: LedgerLine): LineCounts {
  if (line.command === 'USERNOTICE') {
    const isSubscription = !line.mirrored && SUBSCRIPTIONS.includes(line.msgId);
    return isSubscription ? { ...NOTHING, subs: 1 } : NOTHING;
  }
  if (line.command !== 'PRIVMSG') return NOTHING;
  if (line.mirrored) return { ...NOTHING, mirrored: 1 };
  return {
    messages: 1,
    emotes: line.emotes,
    length: Array.from(line.text).length,
    bits: line.bits,
    subs: 0,
    commands: line.text.startsWith('!') ? 1 : 0,
    mirrored: 0,
  };
}

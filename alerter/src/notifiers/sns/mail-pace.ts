/**
 * Never too many mails at once to one mailbox. SNS suspends an email subscription that gets more
 * than 10 messages a second, and whoever it belongs to has to confirm it again: after an outage
 * the alerts that waited must not do that (docs.aws.amazon.com, sns-email-notifications).
 *
 * A mail that may not go yet is given a time of its own, each a pace after the one before, so that
 * many that wait do not come back together.
 */
import { BoundedMap } from './bounded-map.ts';

interface Mailbox {
  /** When the last mails went, at most as many as a second may have, oldest first. */
  readonly sentAtMs: number[];
  /** The last time that was given out. */
  promisedMs: number;
}

const SECOND_MS = 1_000;

export class MailPace {
  readonly #perSecond: number;
  readonly #mailboxes: BoundedMap<string, Mailbox>;

  /** @throws RangeError for a pace that is no whole number above 0. */
  constructor(perSecond: number, mailboxesMax: number) {
    if (!Number.isInteger(perSecond) || perSecond < 1) {
      throw new RangeError(`mails a second: ${perSecond} is no whole number above 0`);
    }
    this.#perSecond = perSecond;
    this.#mailboxes = new BoundedMap(mailboxesMax);
  }

  /**
   * Takes a place for a mail now: 0, or the wall milliseconds after which to ask again.
   * `nowMs`: a clock that does not go back.
   */
  take(mailbox: string, nowMs: number): number {
    const box = this.#boxOf(mailbox);
    while ((box.sentAtMs[0] ?? Infinity) <= nowMs - SECOND_MS) box.sentAtMs.shift();
    if (box.sentAtMs.length < this.#perSecond) {
      box.sentAtMs.push(nowMs);
      return 0;
    }
    const next = (box.sentAtMs[0] ?? nowMs) + SECOND_MS;
    box.promisedMs = Math.max(next, box.promisedMs + Math.ceil(SECOND_MS / this.#perSecond));
    return box.promisedMs - nowMs;
  }

  #boxOf(mailbox: string): Mailbox {
    const known = this.#mailboxes.get(mailbox);
    if (known !== undefined) return known;
    const box = { sentAtMs: [], promisedMs: 0 };
    this.#mailboxes.set(mailbox, box);
    return box;
  }
}

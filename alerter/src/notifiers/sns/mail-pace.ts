/**
 * Never too many mails at once to one mailbox. SNS suspends an email subscription that gets more
 * than 10 messages a second, and whoever it belongs to has to confirm it again: after an outage
 * the alerts that waited must not do that (docs.aws.amazon.com, sns-email-notifications).
 *
 * A mail that may not go yet is given a time of its own, each a pace after the one before, so that
 * many that wait do not come back together.
 */
import { TokenBucket } from '@crest/shared/token-bucket';
import { BoundedMap } from './bounded-map.ts';

interface Mailbox {
  readonly bucket: TokenBucket;
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
    if (box.bucket.take(nowMs)) return 0;
    const paceMs = Math.ceil(SECOND_MS / this.#perSecond);
    box.promisedMs = Math.max(box.bucket.nextAtMs(nowMs), box.promisedMs + paceMs);
    return box.promisedMs - nowMs;
  }

  #boxOf(mailbox: string): Mailbox {
    const known = this.#mailboxes.get(mailbox);
    if (known !== undefined) return known;
    const bucket = new TokenBucket({ tokens: this.#perSecond, windowMs: SECOND_MS });
    const box = { bucket, promisedMs: 0 };
    this.#mailboxes.set(mailbox, box);
    return box;
  }
}

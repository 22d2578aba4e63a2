/** An alert: one episode told to one destination. It is what stands in the outbox. */
import { createHash } from 'node:crypto';
import type { RuleCondition } from '@crest/shared/domain/rule';
import { alertTexts } from './alert-text.ts';
import type { Firing } from './partition-fold.ts';

/** Where an alert goes, with all that is needed to get there. The notifiers speak of the same. */
export type AlertDestination =
  | { readonly kind: 'email'; readonly address: string; readonly subscriber: string }
  | { readonly kind: 'sms'; readonly phone: string }
  | { readonly kind: 'theme'; readonly theme: string };

/** What an alert is about and says; the outbox adds what has become of it. */
export interface Alert {
  /** `ruleId|channelId|episode key|destination`: the same episode always has the same. */
  readonly _id: string;
  readonly ruleId: string;
  readonly owner: string;
  readonly channelId: string;
  readonly channelLogin: string;
  /** The episode's key within its rule and channel (core/episodes.ts). */
  readonly episodeKey: string;
  /** Event time, epoch milliseconds: the second at which the threshold was seen to be reached. */
  readonly episodeAtMs: number;
  /** The sum or the score there. */
  readonly value: number;
  /** What the rule asks for at least. */
  readonly threshold: number;
  readonly kind: RuleCondition['kind'];
  readonly destination: AlertDestination;
  /** Stands for the destination where it is compared. */
  readonly destinationKey: string;
  readonly subject: string;
  readonly body: string;
  readonly smsText: string;
  /** Wall time at which it was decided, epoch milliseconds. */
  readonly createdAtMs: number;
}

/** Makes the alert that tells `destination` of a firing. */
export function alertOf(
  { rule, channelId, channelLogin, episode }: Firing,
  destination: AlertDestination,
  createdAtMs: number,
): Alert {
  const destinationKey = destinationKeyOf(destination);
  const _id = [rule._id, channelId, episode.key, destinationKey].join('|');
  const { condition } = rule;
  const episodeAtMs = episode.atSecond * 1000;
  const { value } = episode;
  return {
    _id,
    ruleId: rule._id,
    owner: rule.owner,
    channelId,
    channelLogin,
    episodeKey: episode.key,
    episodeAtMs,
    value,
    threshold: condition.kind === 'spike' ? condition.scoreAtLeast : condition.atLeast,
    kind: condition.kind,
    destination,
    destinationKey,
    ...alertTexts({
      ruleId: rule._id,
      channelLogin,
      condition,
      value,
      episodeAtMs,
      shortId: digest(_id).slice(0, 8),
    }),
    createdAtMs,
  };
}

/** A short name of a destination that shows neither address nor number. */
export function destinationKeyOf(destination: AlertDestination): string {
  switch (destination.kind) {
    case 'email':
      return `email-${digest(`${destination.subscriber}\n${destination.address}`)}`;
    case 'sms':
      return `sms-${digest(destination.phone)}`;
    case 'theme':
      return `theme-${digest(destination.theme)}`;
  }
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 12);
}

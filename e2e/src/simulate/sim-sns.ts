/** A provider that takes every alert, and remembers for each send whether a repeat is excused. */
import type { Notifier, OutgoingAlert, SendResult } from '@crest/alerter/notifiers/notifier';
import type { Host } from './virtual-time.ts';
import type { Wire } from './wire.ts';

/** An alert that the provider accepted. */
export interface AcceptedSend {
  readonly alertId: string;
  readonly host: Host;
  /** The sender was told that nothing is known of it: it has to send again. */
  answerLost: boolean;
  /** Its process was killed or paused before it had written the outcome down, for all we know. */
  interrupted: boolean;
}

export class SimSns {
  readonly accepted: AcceptedSend[] = [];

  /** The provider as a process sees it. */
  connect(host: Host, wire: Wire): Notifier {
    return {
      prepare: () =>
        wire
          .call({ host, label: 'sns.prepare', apply: () => undefined, failure: noAnswer })
          .catch(() => undefined),
      send: (alert) => this.#send(alert, host, wire),
      close: () => Promise.resolve(),
    };
  }

  /** A process was killed or paused: what it sent may be sent again. */
  interrupt(host: Host): void {
    for (const send of this.accepted) if (send.host === host) send.interrupted = true;
  }

  async #send({ alertId }: OutgoingAlert, host: Host, wire: Wire): Promise<SendResult> {
    let mine: AcceptedSend | undefined;
    const apply = (): SendResult => {
      // A process that is gone asked for it while it lived.
      mine = { alertId, host, answerLost: isLost, interrupted: host.state !== 'up' };
      this.accepted.push(mine);
      return { outcome: 'accepted', providerMessageId: `sns-${this.accepted.length}` };
    };
    let isLost = false;
    try {
      return await wire.call({ host, label: `sns.send ${alertId}`, apply, failure: noAnswer });
    } catch {
      isLost = true;
      if (mine !== undefined) mine.answerLost = true;
      return { outcome: 'retry', reason: 'timeout' };
    }
  }
}

function noAnswer(): Error {
  return new Error('no answer');
}

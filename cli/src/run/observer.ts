/**
 * What is going on in a running system, asked about twice a second and cheaply: the pretend
 * Twitch, the database, Kafka and the services' metrics, each no more often than it changes.
 *
 * A part that is down answers nothing: its figures stay as they were, or are null.
 */
import type { RunFacts } from '../core/run-progress.ts';
import type { Flow, ScreenAlert, ScreenModel, ScreenSpike } from '../core/screen/model.ts';
import { replayWallMs } from '../core/replay-clock.ts';
import { FinishLine, type Remainder } from './finish-line.ts';
import { readFlow, type ServiceFigures } from './service-figures.ts';
import {
  askInbox,
  askSimulator,
  type InboxMail,
  type SimulatorStatus,
} from './simulator-client.ts';
import { newestSpikes } from './newest-spikes.ts';
import type { System } from './system.ts';

export interface Observation {
  readonly facts: RunFacts;
  readonly flow: Flow;
  readonly spikes: readonly ScreenSpike[];
  readonly alerts: readonly ScreenAlert[];
  readonly replay: ScreenModel['replay'];
}

const LIST_MAX = 12;
const FAST_MS = 400;
const SLOW_MS = 1_500;

const NOTHING_LEFT_KNOWN: Remainder = {
  tailLeftMs: 1,
  processorBehind: null,
  windowsOpen: null,
  alerterBehind: null,
};

export class Observer {
  readonly #system: System;
  readonly #finish: FinishLine;
  readonly #status: Poll<SimulatorStatus | null>;
  readonly #figures: Poll<ServiceFigures>;
  readonly #stored: Poll<{
    messages: number;
    alertsSent: number;
    outboxOpen: number;
    gaps: number;
  }>;
  readonly #remainder: Poll<Remainder>;
  readonly #spikes: Poll<ScreenSpike[]>;
  readonly #mails: Poll<InboxMail[]>;

  constructor(system: System, nowMs: () => number) {
    this.#system = system;
    const { database, kafka, simulatorUrl, inboxUrl } = system;
    const { speed, mode } = system.plan.options;
    this.#finish = new FinishLine({ kafka, database, speed });
    const poll = <T>(everyMs: number, ask: () => Promise<T>): Poll<T> =>
      new Poll({ everyMs, ask, nowMs });
    this.#status = poll(FAST_MS, async () =>
      simulatorUrl === null ? null : askSimulator(simulatorUrl),
    );
    this.#figures = poll(FAST_MS, () => readFlow(system.parts));
    this.#stored = poll(SLOW_MS, async () => {
      const outbox = await database.outbox();
      return {
        messages: await database.messagesStored(),
        alertsSent: outbox.sent,
        outboxOpen: outbox.open,
        gaps: await database.collection('gaps').estimatedDocumentCount(),
      };
    });
    this.#remainder = poll(SLOW_MS, async () => {
      const status = this.#status.last;
      return status == null || mode === 'live'
        ? NOTHING_LEFT_KNOWN
        : this.#finish.remainder(status);
    });
    this.#spikes = poll(SLOW_MS, () => newestSpikes(database, LIST_MAX));
    this.#mails = poll(SLOW_MS, async () =>
      inboxUrl === null ? [] : askInbox(inboxUrl, { limit: LIST_MAX }),
    );
  }

  /** Asks whatever is due and puts the answers together. Never rejects. */
  async look(): Promise<Observation> {
    await Promise.all([this.#status.refresh(), this.#figures.refresh()]);
    await Promise.all(
      [this.#stored, this.#remainder, this.#spikes, this.#mails].map((poll) => poll.refresh()),
    );
    const status = this.#status.last ?? null;
    const stored = this.#stored.last;
    return {
      facts: this.#facts(status),
      flow: this.#flow(status),
      spikes: this.#spikes.last ?? [],
      alerts: (this.#mails.last ?? []).map(screenAlert),
      replay: this.#replay(status, stored?.messages ?? 0),
    };
  }

  #facts(status: SimulatorStatus | null): RunFacts {
    const stored = this.#stored.last;
    const remainder = this.#remainder.last ?? NOTHING_LEFT_KNOWN;
    return {
      roomsWanted: this.#system.channels.length,
      roomsJoined: this.#roomsJoined(status) ?? 0,
      phase: status?.phase ?? 'waiting',
      linesSent: status?.lines.sent ?? 0,
      messagesStored: stored?.messages ?? 0,
      ...remainder,
      outboxOpen: stored?.outboxOpen ?? 0,
      alertsSent: stored?.alertsSent ?? 0,
    };
  }

  #flow(status: SimulatorStatus | null): Flow {
    const figures = this.#figures.last;
    const stored = this.#stored.last;
    return {
      messagesPerSecond: figures?.messagesPerSecond ?? status?.linesPerSecond ?? null,
      sent: status?.lines.sent ?? null,
      stored: stored?.messages ?? null,
      lagRecords: figures?.lagRecords ?? null,
      lagSeconds: figures?.lagSeconds ?? null,
      roomsJoined: this.#roomsJoined(status),
      roomsWanted: this.#system.channels.length,
      alertsSent: stored?.alertsSent ?? null,
      gaps: stored?.gaps ?? null,
    };
  }

  #roomsJoined(status: SimulatorStatus | null): number | null {
    return this.#figures.last?.roomsJoined ?? status?.rooms.confirmed ?? null;
  }

  #replay(status: SimulatorStatus | null, _stored: number): ScreenModel['replay'] {
    const { longestMs, plan } = this.#system;
    const { mode, speed, untilDone } = plan.options;
    if (status?.startAtMs == null || longestMs === null) return null;
    if (mode === 'world' && !untilDone) return null;
    const wholeMs = replayWallMs({ longestMs, speed });
    const passedMs = (status.eventTimeMs - status.startAtMs) / speed;
    return {
      done: Math.min(1, Math.max(0, passedMs / wholeMs)),
      leftMs: Math.max(0, wholeMs - passedMs),
    };
  }
}

/** An answer that is asked for again when it is old; the last one stays while there is no new one. */
class Poll<T> {
  readonly #options: { everyMs: number; ask: () => Promise<T>; nowMs: () => number };
  #askedAtMs = -Infinity;
  last: T | undefined;

  constructor(options: { everyMs: number; ask: () => Promise<T>; nowMs: () => number }) {
    this.#options = options;
  }

  async refresh(): Promise<void> {
    const { everyMs, ask, nowMs } = this.#options;
    if (nowMs() - this.#askedAtMs < everyMs) return;
    try {
      this.last = await ask();
    } catch {
      // A part is away: the supervisor shows which; the figure stays as it was.
    }
    this.#askedAtMs = nowMs();
  }
}

function screenAlert(mail: InboxMail): ScreenAlert {
  const { protocol, endpoint } = mail.destination;
  return {
    atMs: mail.acceptedAtMs,
    kind: protocol === 'sms' ? 'sms' : 'email',
    to: endpoint,
    text: mail.subject ?? mail.message,
  };
}

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
import { Poll } from './poll-when-due.ts';
import { RunningTotal } from './running-total.ts';
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
/** Who asks for the last figures has a patience of his own. */
const LAST_PATIENCE_MS = 60_000;
const RATE_OVER_MS = 1_000;

const NOTHING_LEFT_KNOWN: Remainder = {
  tailLeftMs: 1,
  processorBehind: null,
  windowsOpen: null,
  alerterBehind: null,
};

interface StoredFigures {
  readonly alertsSent: number | null;
  readonly outboxOpen: number;
  readonly gaps: number | null;
}

const NOTHING_STORED_KNOWN = { alertsSent: null, outboxOpen: 0, gaps: null };

const NO_FIGURES: ServiceFigures = {
  linesRead: null,
  messagesWritten: new Map(),
  alertsAccepted: new Map(),
  lagRecords: null,
  lagSeconds: null,
  roomsJoined: null,
};

export class Observer {
  readonly #system: System;
  readonly #finish: FinishLine;
  readonly #status: Poll<SimulatorStatus | null>;
  readonly #figures: Poll<ServiceFigures>;
  readonly #written = new RunningTotal();
  readonly #accepted = new RunningTotal();
  /** Documents counted once nothing moved any more. */
  #counted: number | null = null;
  readonly #stored: Poll<StoredFigures>;
  readonly #remainder: Poll<Remainder>;
  readonly #spikes: Poll<ScreenSpike[]>;
  readonly #mails: Poll<InboxMail[]>;
  readonly #rate: Rate;

  constructor(system: System, nowMs: () => number) {
    this.#system = system;
    const { database, kafka, simulatorUrl, inboxUrl } = system;
    const { speed, mode } = system.plan.options;
    this.#rate = new Rate(nowMs);
    this.#finish = new FinishLine({ kafka, database, speed });
    const poll = <T>(everyMs: number, initial: T, ask: () => Promise<T>): Poll<T> =>
      new Poll({ everyMs, initial, ask, nowMs });
    this.#status = poll<SimulatorStatus | null>(FAST_MS, null, async () =>
      simulatorUrl === null ? null : askSimulator(simulatorUrl),
    );
    this.#figures = poll(FAST_MS, NO_FIGURES, () => readFlow(system.parts));
    this.#stored = poll<StoredFigures>(SLOW_MS, NOTHING_STORED_KNOWN, async () => {
      const outbox = await database.outbox();
      return {
        alertsSent: outbox.sent,
        outboxOpen: outbox.open,
        gaps: await database.collection('gaps').estimatedDocumentCount(),
      };
    });
    this.#remainder = poll(SLOW_MS, NOTHING_LEFT_KNOWN, async () => {
      const status = this.#status.last;
      return status === null || mode === 'live'
        ? NOTHING_LEFT_KNOWN
        : this.#finish.remainder(status);
    });
    this.#spikes = poll<ScreenSpike[]>(SLOW_MS, [], () => newestSpikes(database, LIST_MAX));
    this.#mails = poll<InboxMail[]>(SLOW_MS, [], async () =>
      inboxUrl === null ? [] : askInbox(inboxUrl, { limit: LIST_MAX }),
    );
  }

  /** The last figures, once nothing moves any more: asks everything again. Never rejects. */
  async lookOnceMore(): Promise<Observation> {
    for (const poll of [this.#stored, this.#mails, this.#spikes]) poll.expire();
    // Counting documents reads all of them: not while there is work.
    this.#counted = await this.#system.database.messagesStored().catch(() => null);
    return this.look(LAST_PATIENCE_MS);
  }

  /**
   * Asks whatever is due and puts the answers together. Never rejects. Whoever is away is waited
   * for so long, wall milliseconds; its figures stay as they were then.
   */
  async look(patienceMs?: number): Promise<Observation> {
    await Promise.all([this.#status, this.#figures].map((poll) => poll.refresh(patienceMs)));
    await Promise.all(
      [this.#stored, this.#remainder, this.#spikes, this.#mails].map((poll) =>
        poll.refresh(patienceMs),
      ),
    );
    const status = this.#status.last;
    const roomsJoined = this.#figures.last.roomsJoined ?? status?.rooms.confirmed ?? null;
    return {
      facts: { ...this.#facts(roomsJoined), ...progressOf(status) },
      flow: this.#flow(roomsJoined),
      spikes: this.#spikes.last,
      alerts: this.#mails.last.map(screenAlert),
      replay: this.#replay(status),
    };
  }

  #facts(roomsJoined: number | null): Omit<RunFacts, 'phase' | 'linesSent'> {
    const stored = this.#stored.last;
    return {
      roomsWanted: this.#system.channels.length,
      roomsJoined: roomsJoined ?? 0,
      messagesStored: this.#stores() ?? 0,
      ...this.#remainder.last,
      outboxOpen: stored.outboxOpen,
      alertsSent: this.#sends() ?? 0,
    };
  }

  /** Messages stored: as the processors count them, and at the end as they lie in the database. */
  #stores(): number | null {
    return this.#counted ?? this.#written.with(this.#figures.last.messagesWritten);
  }

  /** Alerts sent: as the alerters count them, and at the end as the outbox has them. */
  #sends(): number | null {
    if (this.#counted !== null) return this.#stored.last.alertsSent;
    return this.#accepted.with(this.#figures.last.alertsAccepted);
  }

  #flow(roomsJoined: number | null): Flow {
    const status = this.#status.last;
    const { linesRead, lagRecords, lagSeconds } = this.#figures.last;
    const { gaps } = this.#stored.last;
    return {
      messagesPerSecond: status?.linesPerSecond ?? this.#rate.of(linesRead),
      sent: status?.lines.sent ?? null,
      stored: this.#stores(),
      lagRecords,
      lagSeconds,
      roomsJoined,
      roomsWanted: this.#system.channels.length,
      alertsSent: this.#sends(),
      gaps,
    };
  }

  #replay(status: SimulatorStatus | null): ScreenModel['replay'] {
    const { longestMs, options } = this.#system.plan;
    const { mode, speed, untilDone } = options;
    const endless = mode === 'world' && !untilDone;
    if (status === null || status.startAtMs === null || longestMs === null || endless) return null;
    const wholeMs = replayWallMs({ longestMs, speed }, status.startAtMs);
    const passedMs = (status.eventTimeMs - status.startAtMs) / speed;
    return {
      done: Math.min(1, Math.max(0, passedMs / wholeMs)),
      leftMs: Math.max(0, wholeMs - passedMs),
    };
  }
}

function progressOf(status: SimulatorStatus | null): Pick<RunFacts, 'phase' | 'linesSent'> {
  return { phase: status?.phase ?? 'waiting', linesSent: status?.lines.sent ?? 0 };
}

/** How fast a count grows, over about a second. */
class Rate {
  readonly #nowMs: () => number;
  #before: { count: number; atMs: number } | undefined;
  #perSecond: number | null = null;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  of(count: number | null): number | null {
    if (count === null) return this.#perSecond;
    const now = { count, atMs: this.#nowMs() };
    const before = (this.#before ??= now);
    const elapsedMs = now.atMs - before.atMs;
    if (elapsedMs < RATE_OVER_MS) return this.#perSecond;
    this.#before = now;
    // A restarted collector counts from zero again.
    this.#perSecond = Math.max(0, ((count - before.count) * 1_000) / elapsedMs);
    return this.#perSecond;
  }
}

function screenAlert(mail: InboxMail): ScreenAlert {
  const { protocol, endpoint } = mail.destination;
  return {
    atMs: mail.acceptedAtMs,
    kind: protocol === 'sms' ? 'sms' : 'email',
    to: endpoint,
    text: (mail.subject ?? mail.message).replace(/^Crest: /, ''),
  };
}

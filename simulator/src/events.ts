/** One function per thing worth writing down: to the ledger, and where it helps to metrics and log. */
import type { EventClock } from '@crest/shared/event-clock';
import type { Logger } from '@crest/shared/logger';
import type { FaultOrder } from './core/faults.ts';
import type { Room } from './core/room.ts';
import type { ScheduledLine } from './core/scheduled-line.ts';
import type { Connection, EndReason } from './irc/connection.ts';
import type { LedgerLine, LedgerRun } from './ledger/ledger-line.ts';
import type { Ledger } from './ledger/ledger-writer.ts';
import type { SimulatorMetrics } from './metrics.ts';
import type { SentLine } from './play/player.ts';

export interface EventsOptions {
  readonly ledger: Ledger;
  readonly log: Logger;
  readonly metrics: SimulatorMetrics;
  readonly clock: EventClock;
  readonly wallNowMs: () => number;
}

export interface Events {
  readonly runBegun: (run: Omit<LedgerRun, 'kind'>) => void;
  readonly roomJoined: (connection: Connection, room: Room) => void;
  readonly roomLeft: (connection: Connection, room: Room, reason: 'part' | EndReason) => void;
  readonly linesStarted: (startAtMs: number) => void;
  readonly lineSent: (line: ScheduledLine, sent: SentLine) => void;
  readonly faultDone: (order: FaultOrder, connection: number | undefined) => void;
  readonly linesEnded: (lines: number) => void;
}

export function createEvents({ ledger, log, metrics, clock, wallNowMs }: EventsOptions): Events {
  const now = (): { atMs: number; wallMs: number } => ({
    atMs: clock.nowMs(),
    wallMs: wallNowMs(),
  });
  return {
    runBegun(run) {
      ledger.write({ kind: 'run', ...run });
      const { runId, seed, mode } = run;
      log.info({ runId, seed, mode, rooms: run.rooms.length }, 'run begun');
    },
    roomJoined({ id: connection }, { id: room, login }) {
      ledger.write({ kind: 'join', room, login, connection, ...now() });
    },
    roomLeft({ id: connection }, { id: room, login }, reason) {
      ledger.write({ kind: 'part', room, login, connection, reason, ...now() });
    },
    linesStarted(startAtMs) {
      ledger.write({ kind: 'start', atMs: startAtMs, wallMs: wallNowMs() });
      ledger.flush();
      log.info({ startAtMs }, 'lines started');
    },
    lineSent(line, sent) {
      metrics.countLine(line.command);
      if (ledger.isKept) ledger.write(ledgerLine(line, sent));
    },
    faultDone({ fault, ...detail }, connection) {
      const where = connection === undefined ? {} : { connection };
      ledger.write({ kind: 'fault', fault, ...where, detail, ...now() });
      metrics.countFault(fault);
      log.info({ fault, ...where }, 'fault done');
    },
    linesEnded(lines) {
      ledger.write({ kind: 'end', lines, ...now() });
      ledger.flush();
      log.info({ lines }, 'lines ended');
    },
  };
}

function ledgerLine(line: ScheduledLine, sent: SentLine): LedgerLine {
  const { command } = line;
  const entry: LedgerLine = {
    kind: 'line',
    room: line.room.id,
    id: line.id,
    atMs: sent.stampMs,
    wallMs: sent.wallMs,
    command,
    userId: line.userId,
    text: line.text,
    bits: line.bits,
    emotes: line.emotes,
    mirrored: line.mirrored,
    readers: sent.readers,
  };
  if (command === 'USERNOTICE') entry.msgId = line.msgId;
  if (command === 'CLEARCHAT' || command === 'CLEARMSG') entry.target = line.target;
  if (line.isAction) entry.action = true;
  if (sent.stampMs !== sent.trueMs) entry.trueAtMs = sent.trueMs;
  return entry;
}

/** Wires the simulator: what is played, the IRC server, the ledger, the control port, the SNS. */
import { createEventClock, printEventClock } from '@crest/shared/event-clock';
import { type App, Lifecycle } from '@crest/shared/lifecycle';
import type { Logger } from '@crest/shared/logger';
import type { SimulatorConfig } from './config.ts';
import { type ControlServer, serveControl } from './control/control-server.ts';
import type { Refusal } from './core/irc-session.ts';
import type { Room } from './core/room.ts';
import type { Schedule } from './core/schedule.ts';
import { SeededRandom } from './core/seeded-random.ts';
import { createWorld } from './core/world/world.ts';
import { createEvents } from './events.ts';
import { FaultDesk } from './irc/fault-desk.ts';
import { FaultPlan } from './irc/fault-plan.ts';
import { Hall } from './irc/hall.ts';
import { IrcServer } from './irc/irc-server.ts';
import { NO_LEDGER, openLedger } from './ledger/ledger-writer.ts';
import { Player } from './play/player.ts';
import { openReplay } from './replay/log-directory.ts';
import { createSnsServer } from './sns/server.ts';

/** What `GET /status` says. Times are epoch milliseconds; null for what is not yet. */
export interface SimulatorStatus {
  readonly phase: 'waiting' | 'playing' | 'tail' | 'done';
  readonly mode: 'replay' | 'world';
  readonly runId: string;
  readonly seed: number;
  /** `confirmed`: rooms that have a reader now. */
  readonly rooms: { readonly wanted: number; readonly confirmed: number };
  readonly connections: number;
  /** `planned` is null where the world does not end or its number is not known before. */
  readonly lines: { readonly sent: number; readonly planned: number | null };
  readonly linesPerSecond: number;
  /** Event time now. */
  readonly eventTimeMs: number;
  readonly startAtMs: number | null;
  readonly lastLineAtMs: number | null;
  readonly ircUrl: string;
  readonly snsUrl: string | null;
  readonly inboxUrl: string | null;
}

export interface Simulator extends App {
  /** Everything below is there once `start` has resolved. */
  readonly rooms: readonly Room[];
  status(): SimulatorStatus;
  /** Base of the control port, without a slash at the end. */
  controlUrl(): string;
}

interface Programme {
  readonly rooms: readonly Room[];
  readonly schedule: Schedule;
  readonly lines: number | null;
}

/** Makes a simulator; nothing runs before `start`. @throws Error where there is nothing to replay. */
export function createSimulator(
  config: SimulatorConfig,
  { log, wallNowMs = Date.now }: { log: Logger; wallNowMs?: () => number },
): Simulator {
  const lifecycle = new Lifecycle({ timeoutMs: config.shutdownTimeoutMs });
  const runId = config['run.id'] === '' ? `run-${wallNowMs().toString(36)}` : config['run.id'];
  const { rooms, schedule, lines: planned } = openProgramme(config, runId);
  const clock = createEventClock(config.eventClock, wallNowMs);
  const ledger = config['ledger.file'] === '' ? NO_LEDGER : openLedger(config['ledger.file']);
  const events = createEvents({ ledger, log, clock, wallNowMs });
  const hall = new Hall();
  const refusals = config['twitch.refusals'] as ReadonlyMap<string, Refusal>;
  const waitedFor = rooms.filter((room) => !refusals.has(room.login));

  const server: IrcServer = new IrcServer({
    ...ircSettings(config),
    rooms,
    hall,
    wallNowMs,
    refusalOf: (login) => refusals.get(login) ?? faultDesk.refusal(),
    beforeJoin: () => player.pump(),
    onJoin: (connection, room) => {
      events.roomJoined(connection, room);
      if (mayStart(config['start.rule'], waitedFor, hall)) player.start();
    },
    onPart: events.roomLeft,
  });
  const faultDesk = new FaultDesk({
    hall,
    server,
    random: new SeededRandom(`${config.seed}/faults`),
    wallNowMs,
    signal: lifecycle.signal,
    onFault: events.faultDone,
  });
  const faultPlan = new FaultPlan({
    plan: config['faults.plan'],
    random: new SeededRandom(`${config.seed}/fault-plan`),
    perform: (order) => faultDesk.perform(order),
  });
  const player: Player = new Player({
    schedule,
    clock,
    wallNowMs,
    deliver: (line, rendered, wallMs) => hall.deliver(line, rendered, wallMs),
    flush: () => hall.flush((connection) => server.checkBacklog(connection)),
    stampOf: (trueMs) => faultDesk.stampOf(trueMs),
    onStart: (startAtMs) => {
      events.linesStarted(startAtMs);
      faultPlan.start();
    },
    onLine: events.lineSent,
    onEnd: (lines) => {
      faultPlan.stop();
      events.linesEnded(lines);
    },
  });

  let control: ControlServer | undefined;
  let sns: { url: string; inboxUrl: string } | undefined;
  const status = (): SimulatorStatus => ({
    phase: player.phase,
    mode: config.mode,
    runId,
    seed: config.seed,
    rooms: { wanted: waitedFor.length, confirmed: hall.roomsRead },
    connections: hall.connections.size,
    lines: { sent: player.lines, planned },
    linesPerSecond: Math.round(player.linesPerSecond * 10) / 10,
    eventTimeMs: clock.nowMs(),
    startAtMs: player.startAtMs ?? null,
    lastLineAtMs: player.lastLineAtMs ?? null,
    ircUrl: `ws://${config['twitch.ircHost']}:${server.port}`,
    snsUrl: sns?.url ?? null,
    inboxUrl: sns?.inboxUrl ?? null,
  });

  async function start(): Promise<void> {
    lifecycle.onStop('ledger', () => ledger.close());
    const clockText = printEventClock(config.eventClock);
    events.runBegun({
      runId,
      seed: config.seed,
      mode: config.mode,
      clock: clockText,
      rooms: [...rooms],
    });
    sns = await startSns(config, lifecycle);
    await server.listen();
    lifecycle.onStop('irc', () => server.close());
    lifecycle.onStop('player', () => {
      faultPlan.stop();
      player.stop();
    });
    control = await serveControl({
      host: config['http.host'],
      port: config['http.port'],
      rooms,
      status,
      start: () => player.start(),
      fault: (order) => faultDesk.perform(order),
    });
    lifecycle.onStop('control', () => control?.close());
    if (config['start.rule'] === 'at-once') player.start();
    const { ircUrl, snsUrl } = status();
    log.info({ ircUrl, snsUrl, controlPort: control.port, rooms: rooms.length }, 'listening');
  }

  return {
    rooms,
    status,
    controlUrl: () => `http://${config['http.host']}:${control?.port ?? 0}`,
    failed: lifecycle.failed,
    stop: () => lifecycle.stop(),
    start: () =>
      start().catch(async (error: unknown) => {
        await lifecycle.stop();
        throw error;
      }),
  };
}

/** 0 stands for no limit in the settings. */
function unlessZero(value: number): number {
  return value === 0 ? Infinity : value;
}

function openProgramme(config: SimulatorConfig, runId: string): Programme {
  const { seed } = config;
  if (config.mode === 'replay') {
    const directory = config['replay.directory'];
    return openReplay({ directory, seed, runId, spanMs: unlessZero(config['replay.spanMs']) });
  }
  const world = createWorld({
    seed,
    runId,
    rooms: config['world.rooms'],
    messagesPerSecond: config['world.messagesPerSecond'],
    durationMs: unlessZero(config['world.durationMs']),
    hasStories: config['world.stories'],
  });
  return { ...world, lines: null };
}

function ircSettings(config: SimulatorConfig) {
  return {
    host: config['twitch.ircHost'],
    port: config['twitch.ircPort'],
    joinsMax: config['twitch.joinsMax'],
    joinsWindowMs: config['twitch.joinsWindowMs'],
    joinScope: config['twitch.joinScope'],
    loginsMax: config['twitch.loginsMax'],
    roomsMax: config['twitch.roomsMax'],
    pingIntervalMs: config['twitch.pingIntervalMs'],
    pongTimeoutMs: config['twitch.pongTimeoutMs'],
    backlogBytesMax: unlessZero(config['twitch.backlogBytesMax']),
    accounts: config['twitch.accounts'],
  };
}

function mayStart(
  rule: SimulatorConfig['start.rule'],
  waitedFor: readonly Room[],
  hall: Hall,
): boolean {
  if (rule === 'first-joined') return true;
  return rule === 'all-joined' && waitedFor.every((room) => hall.isRead(room));
}

async function startSns(
  config: SimulatorConfig,
  lifecycle: Lifecycle,
): Promise<{ url: string; inboxUrl: string } | undefined> {
  if (!config['sns.enabled']) return undefined;
  const inboxFile = config['sns.inboxFile'];
  const sns = await createSnsServer({
    host: config['sns.host'],
    port: config['sns.port'],
    region: config['sns.region'],
    seed: config.seed,
    autoConfirm: config['sns.autoConfirm'],
    inboxFile: inboxFile === '' ? undefined : inboxFile,
  });
  lifecycle.onStop('sns', () => sns.stop());
  return sns;
}

/** Wires the simulator: what is played, the IRC server, the ledger, the control port, the SNS. */
import { type EventClock, createEventClock, printEventClock } from '@crest/shared/event-clock';
import { type App, Lifecycle } from '@crest/shared/lifecycle';
import type { Logger } from '@crest/shared/logger';
import type { SimulatorConfig } from './config.ts';
import {
  type ControlServer,
  type SimulatorStatus,
  serveControl,
} from './control/control-server.ts';
import type { Refusal } from './core/irc-session.ts';
import type { Room } from './core/room.ts';
import { SeededRandom } from './core/seeded-random.ts';
import { type Events, createEvents } from './events.ts';
import { FaultDesk } from './irc/fault-desk.ts';
import { FaultPlan } from './irc/fault-plan.ts';
import { Hall } from './irc/hall.ts';
import { IrcServer } from './irc/irc-server.ts';
import { NO_LEDGER, openLedger } from './ledger/ledger-writer.ts';
import { type SimulatorMetrics, createMetrics } from './metrics.ts';
import { Player } from './play/player.ts';
import { type Programme, openProgramme, unlessZero } from './play/programme.ts';
import { type SnsServer, createSnsServer } from './sns/server.ts';

export interface Simulator extends App {
  readonly rooms: readonly Room[];
  /** Ports are known once `start` has resolved. */
  status(): SimulatorStatus;
  /** Base of the control port, without a slash at the end. */
  controlUrl(): string;
}

/** Makes a simulator; nothing listens before `start`. @throws Error where there is nothing to play. */
export function createSimulator(
  config: SimulatorConfig,
  { log, wallNowMs = Date.now }: { log: Logger; wallNowMs?: () => number },
): Simulator {
  const base = layGround(config, log, wallNowMs);
  const chat = wireChat(base);
  const { lifecycle } = base;
  let control: ControlServer | undefined;
  let sns: SnsServer | undefined;
  const status = (): SimulatorStatus => statusOf(base, chat, sns);

  async function start(): Promise<void> {
    beginBooks(base);
    // The one place where the pretend SNS meets the pretend Twitch: they share the process only.
    sns = config['sns.enabled'] ? await startSns(config, lifecycle) : undefined;
    await chat.server.listen();
    lifecycle.onStop('irc', () => chat.server.close());
    lifecycle.onStop('player', () => chat.stop());
    control = await serveControl({
      host: config['http.host'],
      port: config['http.port'],
      rooms: base.programme.rooms,
      registry: base.metrics.registry,
      status,
      start: () => chat.player.start(),
      fault: (order) => chat.faultDesk.perform(order),
    });
    lifecycle.onStop('control', () => control?.close());
    if (config['start.rule'] === 'at-once') chat.player.start();
    log.info({ irc: status().ircUrl, sns: status().snsUrl, control: control.port }, 'listening');
  }

  return {
    rooms: base.programme.rooms,
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

/** What everything else stands on. */
interface Ground {
  readonly config: SimulatorConfig;
  readonly runId: string;
  readonly lifecycle: Lifecycle;
  readonly programme: Programme;
  readonly wallNowMs: () => number;
  readonly clock: EventClock;
  readonly metrics: SimulatorMetrics;
  readonly events: Events;
  readonly hall: Hall;
  readonly refusals: ReadonlyMap<string, Refusal>;
  /** Rooms that can be joined: the lines wait for these, and no other is ever read. */
  readonly waitedFor: readonly Room[];
}

/** The parts that make chat, which know one another. */
interface Chat {
  readonly server: IrcServer;
  readonly faultDesk: FaultDesk;
  readonly player: Player;
  stop(): void;
}

function layGround(config: SimulatorConfig, log: Logger, wallNowMs: () => number): Ground {
  const runId = config['run.id'] === '' ? `run-${wallNowMs().toString(36)}` : config['run.id'];
  const programme = openProgramme(config, runId);
  const lifecycle = new Lifecycle({ timeoutMs: config.shutdownTimeoutMs });
  const ledger = config['ledger.file'] === '' ? NO_LEDGER : openLedger(config['ledger.file']);
  lifecycle.onStop('ledger', () => ledger.close());
  const clock = createEventClock(config.eventClock, wallNowMs);
  const refusals = config['twitch.refusals'] as ReadonlyMap<string, Refusal>;
  const hall = new Hall();
  const metrics = createMetrics({
    connections: () => hall.connections.size,
    roomsRead: () => hall.roomsRead,
    backlogBytes: () => hall.backlogBytes,
  });
  return {
    config,
    runId,
    lifecycle,
    programme,
    wallNowMs,
    clock,
    metrics,
    events: createEvents({ ledger, log, metrics, clock, wallNowMs }),
    hall,
    refusals,
    waitedFor: programme.rooms.filter((room) => !refusals.has(room.login)),
  };
}

function wireChat(ground: Ground): Chat {
  const { config, programme, wallNowMs, clock, events, hall, refusals } = ground;
  const server: IrcServer = new IrcServer({
    ...ircSettings(config),
    rooms: programme.rooms,
    hall,
    wallNowMs,
    refusalOf: (login) => refusals.get(login) ?? faultDesk.refusalOf(login),
    beforeAnswer: () => player.pump(),
    onJoin: (connection, room) => {
      events.roomJoined(connection, room);
      if (mayStart(ground)) player.start();
    },
    onPart: events.roomLeft,
  });
  const faultDesk = new FaultDesk({
    hall,
    server,
    random: new SeededRandom(`${config.seed}/faults`),
    wallNowMs,
    signal: ground.lifecycle.signal,
    onFault: events.faultDone,
  });
  const faultPlan = new FaultPlan({
    plan: config['faults.plan'],
    random: new SeededRandom(`${config.seed}/fault-plan`),
    perform: (order) => faultDesk.perform(order),
  });
  const player: Player = new Player({
    schedule: programme.schedule,
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
  return { server, faultDesk, player, stop: () => player.stop() };
}

function beginBooks({ config, runId, programme, events }: Ground): void {
  const clock = printEventClock(config.eventClock);
  const { seed, mode } = config;
  events.runBegun({ runId, seed, mode, clock, rooms: [...programme.rooms] });
}

function statusOf(ground: Ground, chat: Chat, sns: SnsServer | undefined): SimulatorStatus {
  const { config, programme, hall } = ground;
  const { player, server } = chat;
  return {
    phase: player.phase,
    mode: config.mode,
    runId: ground.runId,
    seed: config.seed,
    rooms: { wanted: ground.waitedFor.length, confirmed: hall.roomsRead },
    connections: hall.connections.size,
    lines: { sent: player.lines, planned: programme.lines },
    linesPerSecond: Math.round(player.linesPerSecond * 10) / 10,
    eventTimeMs: ground.clock.nowMs(),
    startAtMs: player.startAtMs ?? null,
    lastLineAtMs: player.lastLineAtMs ?? null,
    ircUrl: `ws://${config['twitch.ircHost']}:${server.port}`,
    snsUrl: sns?.url ?? null,
    inboxUrl: sns?.inboxUrl ?? null,
  };
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

function mayStart({ config, waitedFor, hall }: Ground): boolean {
  const rule = config['start.rule'];
  if (rule === 'first-joined') return true;
  return rule === 'all-joined' && hall.roomsRead === waitedFor.length;
}

async function startSns(config: SimulatorConfig, lifecycle: Lifecycle): Promise<SnsServer> {
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

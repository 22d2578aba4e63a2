/**
 * The whole system of a run: brought up in the order that dependencies allow, stopped in the
 * order in which data flows, so that each part can finish what the one before it sent.
 *
 * Channels are asked for last. The pretend Twitch waits until all are read, so by its first line
 * every service is up and every phrase is being counted.
 */
import { join } from 'node:path';
import {
  parseEventClock,
  printEventClock,
  type EventClockSetting,
} from '@crest/shared/event-clock';
import { Proxies } from '../chaos/proxies.ts';
import { pairsCutBy } from '../core/chaos/chaos-plan.ts';
import { endsOf, type Pair } from '../core/chaos/pairs.ts';
import { replayClock } from '../core/replay-clock.ts';
import { environment, memoryVariables, serviceEnvironment } from '../environment.ts';
import { freePort } from '../servers/free-port.ts';
import { processStart } from '../servers/process-identity.ts';
import type { SetupContext } from '../setup/setup-context.ts';
import { allOrFirstError } from './all-or-first-error.ts';
import { startChildService } from './child-service.ts';
import { writeCurrentRun, writeHistory, type CurrentRun, type RunHistory } from './current-run.ts';
import { DatabaseDesk } from './database-desk.ts';
import { Disturbances } from './disturbances.ts';
import { KafkaDesk, type Channel } from './kafka-desk.ts';
import { rulesOfRun } from './rules-file.ts';
import { bringUpPrometheus, PROMETHEUS_PART, requirePrometheus } from './prometheus.ts';
import type { RunPlan } from './run-plan.ts';
import { bringUpDatabase, bringUpKafka, DATABASE_PART, kafkaParts, replicasOf } from './servers.ts';
import {
  ownVariables,
  serviceVariables,
  STOP_TIMEOUT_MS,
  type RunSettings,
  type ServiceName,
} from './service-settings.ts';
import { askRooms } from './simulator-client.ts';
import type { PartEvent } from './part.ts';
import { Supervisor } from './supervisor.ts';

const REPOSITORY = join(import.meta.dirname, '..', '..', '..');
/** A server that has just begun to answer may still refuse. */
const FIRST_STARTS_MAX = 3;
const READY_TIMEOUT_MS = 60_000;
/** SIGKILL for a service that did not leave within its own time-out. */
const KILL_MARGIN_MS = 5_000;

/** One process of a service. */
export interface ServicePart {
  readonly name: string;
  readonly service: ServiceName;
  readonly httpPort: number;
}

export interface SystemHooks {
  readonly setup: SetupContext;
  readonly onPart: (event: PartEvent) => void;
}

export class System {
  readonly plan: RunPlan;
  readonly supervisor: Supervisor;
  /** What goes through proxies, and can be cut. */
  readonly proxies: Proxies;
  /** What happened to its parts. */
  readonly disturbances = new Disturbances(() => Date.now());
  readonly #hooks: SystemHooks;
  readonly #parts: ServicePart[] = [];
  #settings: RunSettings | undefined;
  #kafka: KafkaDesk | undefined;
  #database: DatabaseDesk | undefined;
  #channels: readonly Channel[] = [];
  #prometheusUrl: string | null = null;
  #current: CurrentRun | undefined;

  constructor(plan: RunPlan, hooks: SystemHooks) {
    this.plan = plan;
    this.#hooks = hooks;
    this.supervisor = new Supervisor({
      onEvent: (event) => {
        this.disturbances.onPart(event);
        hooks.onPart(event);
      },
      nowMs: () => performance.now(),
      random: Math.random,
    });
    this.proxies = new Proxies([
      ...pairsCutBy(plan.options.chaos),
      ...(plan.tuning?.proxied ?? []),
    ]);
    for (const name of kafkaParts(plan)) this.supervisor.announce(name);
    if (plan.options.mongodb === null) this.supervisor.announce(DATABASE_PART);
  }

  get parts(): readonly ServicePart[] {
    return this.#parts;
  }

  get channels(): readonly Channel[] {
    return this.#channels;
  }

  /** Settings of the services; there once `start` has resolved. */
  get settings(): RunSettings {
    return present(this.#settings);
  }

  get kafka(): KafkaDesk {
    return present(this.#kafka);
  }

  get database(): DatabaseDesk {
    return present(this.#database);
  }

  /** Base of the control port of the pretend Twitch; null where it plays nothing. */
  get simulatorUrl(): string | null {
    if (this.plan.options.mode === 'live') return null;
    return this.#urlOf('simulator');
  }

  /** The inbox page of the pretend SNS. */
  get inboxUrl(): string | null {
    const port = this.#settings?.simulator?.snsPort;
    return port === undefined ? null : `http://127.0.0.1:${port}/`;
  }

  /** The page of Prometheus; null where it does not run. */
  get prometheusUrl(): string | null {
    return this.#prometheusUrl;
  }

  /**
   * Brings everything up; gives up where the signal aborts.
   * @throws the reason why a part did not come up; call `stop` then.
   */
  async start(signal: AbortSignal): Promise<void> {
    const { plan } = this;
    signal.addEventListener('abort', () => this.supervisor.cancelStarts());
    if (plan.options.prometheus) requirePrometheus();
    await this.#planParts();
    const room = { plan, supervisor: this.supervisor, proxies: this.proxies, ...this.#hooks };
    const [brokers, mongodbUrl, simulated] = await allOrFirstError([
      bringUpKafka(room).then(async (brokers) => {
        this.#kafka = new KafkaDesk({ brokers, ...plan, replicas: replicasOf(plan) });
        await this.#kafka.ensureTopics();
        return brokers;
      }),
      bringUpDatabase(room).then(async (url) => {
        this.#database = await DatabaseDesk.open({ url, database: plan.database });
        return url;
      }),
      this.#bringUpSimulator(),
    ]);
    signal.throwIfAborted();
    const settings = { ...simulated, brokers, mongodbUrl, replicas: replicasOf(plan) };
    this.#settings = settings;
    this.#channels = await this.#findChannels();
    const { rules, themes } = rulesOfRun(plan.rulesFile, this.#channels, Date.now());
    await this.database.putRules(rules, themes);
    this.#current = this.#currentRun(settings);
    writeCurrentRun(plan.dataDir, this.#current);
    const services = this.#parts.filter(({ service }) => service !== 'simulator');
    await allOrFirstError(services.map((part) => this.#bringUp(part, settings)));
    signal.throwIfAborted();
    await this.kafka.want(this.#channels, Date.now());
    if (plan.options.prometheus) {
      this.#prometheusUrl = await bringUpPrometheus(this.supervisor, {
        parts: this.#parts,
        runId: plan.runId,
        dir: join(plan.paths.servers, PROMETHEUS_PART),
        registryDir: plan.dataDir,
      });
    }
  }

  /** The run as others see it, with the restarts so far. */
  get current(): CurrentRun {
    return { ...present(this.#current), ...this.#history() };
  }

  /** Stops what reads and writes, each with time to finish: what was sent is then worked off. */
  async stopServices(): Promise<void> {
    await this.#stopInOrder(['collector', 'processor', 'alerter']);
  }

  /**
   * Stops what reads and writes once everything is worked off: those who judge first, so that
   * the end of reading is not written down as a gap in every room.
   */
  async stopDoneServices(): Promise<void> {
    await this.#stopInOrder(['processor', 'alerter', 'collector']);
  }

  async #stopInOrder(services: readonly ServiceName[]): Promise<void> {
    for (const service of services) await this.supervisor.stop(this.#namesOf(service));
    if (this.#current !== undefined) writeHistory(this.#current, this.#history());
  }

  /** Stops the pretend Twitch: its ledger and its inbox are then whole on disk. */
  async stopSimulator(): Promise<void> {
    await this.supervisor.stop(this.#namesOf('simulator'));
  }

  /** Stops everything that is left; safe at any time, also half-way up. */
  async stop(): Promise<void> {
    await this.supervisor.stop([PROMETHEUS_PART]);
    await this.stopServices();
    await this.stopSimulator();
    await this.#database?.close();
    await this.#kafka?.close().catch(() => undefined);
    await this.supervisor.stop([DATABASE_PART, ...kafkaParts(this.plan)]);
    await this.proxies.close();
  }

  /** Cuts every connection between two parts that goes through a proxy; returns how many. */
  cut(pair: Pair): number {
    this.disturbances.note('cut', pair, endsOf(pair).client);
    return this.proxies.cut(pair);
  }

  /** Starts one more process of a service; resolves with its name when it is up. */
  async add(service: Exclude<ServiceName, 'simulator'>): Promise<string> {
    const taken = this.#namesOf(service);
    let number = taken.length + 1;
    while (taken.includes(`${service}-${number}`)) number += 1;
    const part = { name: `${service}-${number}`, service, httpPort: await freePort() };
    this.#parts.push(part);
    await this.#bringUp(part, this.settings);
    return part.name;
  }

  /** Stops one process for good, with time to drain. */
  async remove(name: string): Promise<void> {
    await this.supervisor.stop([name]);
  }

  async #planParts(): Promise<void> {
    const { counts, mode, sns } = this.plan.options;
    const planned: [ServiceName, number][] = [
      ['simulator', mode === 'live' && sns !== null ? 0 : 1],
      ['collector', counts.collectors],
      ['processor', counts.processors],
      ['alerter', counts.alerters],
    ];
    for (const [service, count] of planned) {
      for (let i = 1; i <= count; i += 1) {
        const name = count === 1 ? service : `${service}-${i}`;
        this.#parts.push({ name, service, httpPort: await freePort() });
        this.supervisor.announce(name);
      }
    }
  }

  async #bringUpSimulator(): Promise<Omit<RunSettings, 'brokers' | 'mongodbUrl'>> {
    const { options, runId, paths, topicPrefix, partitions, database } = this.plan;
    const part = this.#parts.find(({ service }) => service === 'simulator');
    const ports = part === undefined ? null : await this.#pretendPorts();
    const clock = this.#eventClock(Date.now());
    const settings = {
      mode: options.mode,
      runId,
      seed: options.seed,
      speed: options.speed,
      alerters: options.counts.alerters,
      eventClock: printEventClock(clock),
      replayDir: options.replayDir,
      spanMs: options.spanMs,
      topicPrefix,
      partitions,
      database,
      ircUrl: options.mode === 'live' ? options.twitchUrl : `ws://127.0.0.1:${ports?.ircPort ?? 0}`,
      snsUrl: options.sns ?? (ports === null ? null : `http://127.0.0.1:${ports.snsPort}`),
      ledgerFile: paths.ledger,
      inboxFile: paths.inbox,
      simulator: ports,
    };
    if (part !== undefined) {
      await this.#bringUp(part, { ...settings, brokers: '', mongodbUrl: '' });
    }
    return settings;
  }

  /** Ports of the pretend Twitch and SNS, and the proxies before them. */
  async #pretendPorts(): Promise<{ ircPort: number; snsPort: number }> {
    const ports = { ircPort: await freePort(), snsPort: await freePort() };
    await this.proxies.openAll('twitch', ports.ircPort);
    await this.proxies.openAll('sns', ports.snsPort);
    return ports;
  }

  #eventClock(wallNowMs: number): EventClockSetting {
    const { longestMs, options, tuning } = this.plan;
    if (tuning?.eventClock !== undefined) return tuning.eventClock(wallNowMs);
    return longestMs === null ? null : replayClock({ longestMs, speed: options.speed }, wallNowMs);
  }

  async #bringUp(part: ServicePart, settings: RunSettings): Promise<void> {
    const variables = {
      ...memoryVariables(part.service, environment()),
      ...serviceVariables(part.service, this.proxies.seenBy(part.service, settings), part.httpPort),
      ...ownVariables(part.service, part.name, this.plan.paths.spools),
      ...this.plan.tuning?.variables?.(part.service, part.name),
    };
    await this.supervisor.run({
      name: part.name,
      ...(part.service === 'simulator'
        ? { irreplaceable: true as const }
        : { firstStartsMax: FIRST_STARTS_MAX }),
      // A collector waits for Kafka by itself, and is ready the sooner.
      ...(part.service === 'processor' || part.service === 'alerter'
        ? { needs: [DATABASE_PART, ...kafkaParts(this.plan)] }
        : {}),
      start: (signal) =>
        startChildService({
          name: part.name,
          script: join(REPOSITORY, part.service, 'src', 'main.ts'),
          env: serviceEnvironment({ ...variables, ...this.#awsVariables() }),
          httpPort: part.httpPort,
          logDir: this.plan.paths.logs,
          registryDir: this.plan.dataDir,
          readyTimeoutMs: READY_TIMEOUT_MS,
          stopTimeoutMs: STOP_TIMEOUT_MS + KILL_MARGIN_MS,
          signal,
        }),
    });
  }

  /** The pretend SNS takes any signature, but the SDK wants something to sign with. */
  #awsVariables(): Record<string, string> {
    if (this.plan.options.sns !== null) return {};
    return { AWS_ACCESS_KEY_ID: 'pretend', AWS_SECRET_ACCESS_KEY: 'pretend' };
  }

  async #findChannels(): Promise<readonly Channel[]> {
    if (this.simulatorUrl !== null) return askRooms(this.simulatorUrl);
    return this.plan.options.channels.map((login) => ({ id: null, login }));
  }

  #currentRun(settings: RunSettings): CurrentRun {
    const { plan } = this;
    const { options } = plan;
    return {
      version: 1,
      runId: plan.runId,
      runDir: plan.paths.dir,
      mode: options.mode,
      pid: process.pid,
      processStart: processStart(process.pid) ?? '',
      startedAtMs: Date.now(),
      seed: options.seed,
      eventClock: settings.eventClock,
      kafka: {
        brokers: settings.brokers,
        topicPrefix: plan.topicPrefix,
        partitions: plan.partitions,
      },
      mongodb: { url: settings.mongodbUrl, database: plan.database },
      embedded: { kafka: options.kafka === null, mongodb: options.mongodb === null },
      restarts: { services: 0, alerters: 0 },
      disturbances: [],
      simulatorUrl: this.simulatorUrl,
      inboxUrl: this.inboxUrl,
      parts: this.#parts.map(({ name, httpPort }) => ({ name, httpPort })),
    };
  }

  /** What happened so far. */
  #history(): RunHistory {
    const alerters = new Set(this.#namesOf('alerter'));
    const services = new Set(this.#parts.map(({ name }) => name));
    const ofServices = this.supervisor.statuses.filter(({ name }) => services.has(name));
    const ofAlerters = ofServices.filter(({ name }) => alerters.has(name));
    return {
      restarts: {
        services: ofServices.reduce((total, { restarts }) => total + restarts, 0),
        alerters: ofAlerters.reduce((total, { kills }) => total + kills, 0),
      },
      disturbances: this.disturbances.list(parseEventClock(this.settings.eventClock)),
    };
  }

  #namesOf(service: ServiceName): string[] {
    return this.#parts.filter((part) => part.service === service).map(({ name }) => name);
  }

  #urlOf(service: ServiceName): string | null {
    const part = this.#parts.find((one) => one.service === service);
    return part === undefined ? null : `http://127.0.0.1:${part.httpPort}`;
  }
}

function present<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('the system has not been started');
  return value;
}

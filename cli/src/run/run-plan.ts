/** What a run will be, before anything is started: its names, its directory, its length. */
import { resolve } from 'node:path';
import type { EventClockSetting } from '@crest/shared/event-clock';
import type { Pair } from '../core/chaos/pairs.ts';
import { replayedMs } from './replayed-logs.ts';
import type { RulesAndThemes } from './rules-file.ts';
import { LIVE, newRunId, runPaths, type RunPaths } from './run-directory.ts';
import type { ServiceName } from './service-settings.ts';
import type { UpOptions } from './up-options.ts';

/** Partitions of the topics keyed by channel. */
export const PARTITIONS = 32;

export interface RunPlan {
  readonly options: UpOptions;
  readonly runId: string;
  /** Absolute. */
  readonly dataDir: string;
  readonly paths: RunPaths;
  readonly topicPrefix: string;
  readonly database: string;
  readonly partitions: number;
  readonly rulesFile: RulesAndThemes | null;
  /** Event time that is played, milliseconds; null where it has no end. */
  readonly longestMs: number | null;
  readonly tuning?: RunTuning;
}

/** What whole-system proofs change beyond what `crest up` can be asked for. */
export interface RunTuning {
  /** Variables of a process over those that it gets anyway. */
  readonly variables?: (service: ServiceName, name: string) => Readonly<Record<string, string>>;
  /** The clock of event time, asked for when the run begins; default that of a replay. */
  readonly eventClock?: (wallNowMs: number) => EventClockSetting;
  /** Connections that go through proxies (`System.proxies`), beside those that `--cut` names. */
  readonly proxied?: readonly Pair[];
  /** Embedded brokers; every record is then on three of them, and acknowledged by two. Default 1. */
  readonly brokers?: 1 | 3;
}

/**
 * Plans a run. On embedded servers a run has its own data and needs no names of its own; on servers
 * that are there already its topics and its database carry its id.
 */
export function planRun(
  options: UpOptions,
  rulesFile: RulesAndThemes | null,
  wallNowMs: number,
): RunPlan {
  const dataDir = resolve(options.dataDir);
  const isLive = options.mode === 'live';
  const runId = isLive ? LIVE : newRunId(dataDir, wallNowMs);
  const shared = isLive ? '' : runId;
  return {
    options,
    runId,
    dataDir,
    paths: runPaths(dataDir, runId),
    topicPrefix: options.kafka === null || shared === '' ? '' : `${shared}.`,
    database: options.mongodb === null || shared === '' ? 'crest' : `crest_${shared}`,
    partitions: PARTITIONS,
    rulesFile,
    longestMs: playedMs(options),
  };
}

function playedMs({ mode, replayDir, spanMs }: UpOptions): number | null {
  if (mode === 'live') return null;
  return replayDir === null ? spanMs : replayedMs(replayDir, spanMs ?? Infinity);
}

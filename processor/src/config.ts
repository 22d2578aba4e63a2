/** The processor's settings: one table, read once. docs/reference/config.md is made from it. */
import { COMMON_SETTINGS } from '@crest/shared/common-settings';
import { parseConfig, wholeNumber, type ConfigOf } from '@crest/shared/config';

const time = {
  'time.latenessMs': {
    schema: wholeNumber(0, 3_600_000),
    fallback: '2000',
    unit: 'ms, event',
    doc: 'How far the watermark stays behind the highest stamp or tick. Lines come within two seconds of their stamp; more only delays what is final.',
  },
  'time.dedupeHorizonMs': {
    schema: wholeNumber(60_000, 86_400_000),
    fallback: '600000',
    unit: 'ms, event',
    doc: 'How long ids are remembered to drop repeats. Beyond it the store decides, which costs a read each.',
  },
} as const;

const updates = {
  'updates.earlyIntervalMs': {
    schema: wholeNumber(10, 60_000),
    fallback: '100',
    unit: 'ms, wall',
    doc: 'A channel whose open windows grow is told of at once and then at most so often; half as often above 8,000 lines a second. Alerts are late by as much at worst.',
  },
} as const;

const state = {
  'state.snapshotIntervalMs': {
    schema: wholeNumber(100, 600_000),
    fallback: '5000',
    unit: 'ms, wall',
    doc: 'How often the state of each partition is saved: at most so much of the log is read again after a crash.',
  },
  'state.inFlightRecordsMax': {
    schema: wholeNumber(100, 10_000_000),
    fallback: '2000',
    unit: 'records',
    doc: 'Records of one partition that are folded but not yet stored. At the limit reading waits; the store writes about as many at once.',
  },
  'state.inFlightTotalMax': {
    schema: wholeNumber(100, 10_000_000),
    fallback: '8000',
    unit: 'records',
    doc: 'The same for all partitions together, beyond which each keeps at most 500: what a store that is away costs in memory.',
  },
  'state.fencedRetryMs': {
    schema: wholeNumber(100, 600_000),
    fallback: '10000',
    unit: 'ms, wall',
    doc: 'So long after another process took a partition over it is claimed again, if the group still gives it to this one. Longer than a session, so that two never fight.',
  },
} as const;

const store = {
  'store.batchMessagesMax': {
    schema: wholeNumber(1, 100_000),
    fallback: '2000',
    unit: 'documents',
    doc: 'Most messages of one insert. 500 to 2,000 is where stores are fastest.',
  },
  'store.textRetentionMs': {
    schema: wholeNumber(60_000, 31_536_000_000),
    fallback: '86400000',
    unit: 'ms, wall',
    doc: 'How long messages are kept. 24 h is what the promise to chatters says.',
  },
} as const;

const ready = {
  'ready.lagSecondsMax': {
    schema: wholeNumber(1, 86_400),
    fallback: '60',
    unit: 's, wall',
    doc: 'Not ready while what is folded was written longer ago than this.',
  },
} as const;

export const SETTINGS = {
  ...COMMON_SETTINGS,
  ...time,
  ...updates,
  ...state,
  ...store,
  ...ready,
} as const;

export type ProcessorConfig = ConfigOf<typeof SETTINGS>;

/** Reads the environment. @throws CrestError CONFIG_INVALID that lists every problem. */
export function parseProcessorConfig(
  env: Readonly<Record<string, string | undefined>>,
): ProcessorConfig {
  // The clamp of stamps is the collector's; whoever sets up all services may hand it to all.
  return parseConfig(SETTINGS, env, ['CREST_TIME_CLAMP_MS']);
}

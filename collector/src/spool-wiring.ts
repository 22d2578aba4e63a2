/** The spool with what drains it, as the settings want them. */
import { CrestError } from '@crest/shared/errors';
import type { RecordProducer } from '@crest/shared/kafka/port';
import type { CollectorConfig } from './config.ts';
import type { CollectorEvents } from './events.ts';
import type { RecordOutbox, SpoolUse } from './kafka/record-outbox.ts';
import { drainSettingsOf, spoolSettingsOf } from './settings.ts';
import { openSpoolDirectory } from './spool/node-spool-files.ts';
import { type LossSayer, SpoolDrain } from './spool/spool-drain.ts';
import { Spool } from './spool/spool.ts';

export interface SpoolParts {
  readonly spool: Spool;
  readonly drain: SpoolDrain;
}

export interface SpoolSurroundings {
  readonly config: CollectorConfig;
  readonly producer: RecordProducer;
  readonly nowMs: () => number;
  readonly events: CollectorEvents;
  readonly losses: LossSayer;
  /** Is told what the drain learns of Kafka. */
  readonly outbox: () => Pick<RecordOutbox, 'heardOfKafka'>;
}

/**
 * Opens the spool of `spool.dir` and makes it fit to be drained; null where there is none.
 * @throws CrestError SPOOL_UNUSABLE.
 */
export async function openSpool(surroundings: SpoolSurroundings): Promise<SpoolParts | null> {
  const { config, producer, nowMs, events, losses, outbox } = surroundings;
  const dir = config['spool.dir'];
  if (dir === '') return null;
  const spool = await openIn(dir, surroundings);
  const drain = new SpoolDrain({
    ...drainSettingsOf(config),
    spool,
    producer,
    losses,
    listener: {
      onSent: (records, seconds) => {
        outbox().heardOfKafka(true);
        events.recordsSent(records.length, seconds);
      },
      onSendFailed: (error) => {
        outbox().heardOfKafka(false);
        events.sendFailed(error);
      },
      onReadFailed: (error) => events.spoolTroubled(error),
    },
  });
  if (!spool.isEmpty) events.spoolFound(spool.bytes, nowMs() - (spool.oldestMs ?? nowMs()));
  return { spool, drain };
}

/** How the outbox uses it. */
export function spoolUseOf(config: CollectorConfig, parts: SpoolParts | null): SpoolUse | null {
  if (parts === null) return null;
  return {
    spool: parts.spool,
    sendDeadlineMs: config['spool.sendDeadlineMs'],
    fsyncDelayMs: config['spool.fsyncDelayMs'],
    drain: () => parts.drain.start(),
  };
}

async function openIn(dir: string, { config, nowMs, events }: SpoolSurroundings): Promise<Spool> {
  try {
    return await Spool.open({
      files: await openSpoolDirectory(dir),
      settings: spoolSettingsOf(config),
      nowMs,
      listener: {
        onAppended: (records, seconds) => events.spoolAppended(records, seconds),
        onDrained: (records) => events.spoolDrained(records),
        onDropped: (records, reason) => events.spoolDropped(records, reason),
        onCorrupt: (records) => events.spoolCorrupt(records),
        onTorn: (bytes) => events.spoolTorn(bytes),
        onTrouble: (error) => events.spoolTroubled(error),
      },
    });
  } catch (cause) {
    throw new CrestError('SPOOL_UNUSABLE', `the spool in ${dir} cannot be opened`, { cause });
  }
}

/** Follows alerts through Kafka and the outbox: which record, which update, which decision. */
import { createKafka } from '@crest/shared/kafka/kafkajs';
import type { Kafka } from '@crest/shared/kafka/port';
import { createLogger } from '@crest/shared/logger';
import type { WindowsUpdated } from '@crest/shared/records/windows-updated';
import { topicNames } from '@crest/shared/topics';
import type { Db } from 'mongodb';
import type { RunSettings } from '@crest/cli/run/service-settings';
import type { Crossing } from './crossings.ts';
import type { AlertTrace } from './stages.ts';

interface Recorded {
  readonly offset: number;
  readonly atMs: number;
}

/** Traces of the crossings that led to an accepted alert. */
export async function readTraces(
  crossings: readonly Crossing[],
  db: Db,
  settings: RunSettings,
): Promise<AlertTrace[]> {
  const kafka = createKafka({
    brokers: settings.brokers.split(','),
    clientId: 'crest-bench',
    sessionTimeoutMs: 30_000,
    log: createLogger('bench', 'silent'),
  });
  const recorded = await readRecorded(kafka, crossings, settings);
  const updates = await readUpdates(
    kafka,
    new Set(crossings.map(({ roomId }) => roomId)),
    settings,
  );
  const decided = await readDecided(db);
  return crossings.flatMap(({ roomId, messageId, writtenAtMs, alertId, acceptedAtMs }) => {
    const record = recorded.get(messageId);
    const decidedAtMs = decided.get(alertId ?? '');
    const update = updates
      .get(roomId)
      ?.find(({ offset }) => offset >= (record?.offset ?? Infinity));
    if (record === undefined || decidedAtMs === undefined || acceptedAtMs === null) return [];
    if (update === undefined) return [];
    return [
      {
        writtenAtMs,
        recordedAtMs: record.atMs,
        updatedAtMs: update.atMs,
        decidedAtMs,
        acceptedAtMs,
      },
    ];
  });
}

/** Where in `channel.events` the crossing lines stand, by message id. */
async function readRecorded(
  kafka: Kafka,
  crossings: readonly Crossing[],
  settings: RunSettings,
): Promise<Map<string, Recorded>> {
  const wanted = new Set(crossings.map(({ messageId }) => messageId));
  const rooms = new Set(crossings.map(({ roomId }) => roomId));
  const recorded = new Map<string, Recorded>();
  await kafka.readToEnd(
    topicNames(settings.topicPrefix).channelEvents,
    allOf(settings.partitions),
    (_, { key, value, offset, timestampMs }) => {
      if (value === null || !rooms.has(key ?? '')) return;
      const { id } = JSON.parse(value.toString('utf8')) as { id?: string };
      if (id === undefined || !wanted.has(id) || recorded.has(id)) return;
      recorded.set(id, { offset, atMs: timestampMs });
    },
  );
  return recorded;
}

/** Updates of rooms in order: up to which offset of `channel.events` they count, made when. */
async function readUpdates(
  kafka: Kafka,
  rooms: ReadonlySet<string>,
  settings: RunSettings,
): Promise<Map<string, Recorded[]>> {
  const updates = new Map<string, Recorded[]>();
  await kafka.readToEnd(
    topicNames(settings.topicPrefix).channelWindows,
    allOf(settings.partitions),
    (_, { key, value, timestampMs }) => {
      if (key === null || value === null || !rooms.has(key)) return;
      const { revision } = JSON.parse(value.toString('utf8')) as WindowsUpdated;
      const mine = updates.get(key);
      const update = { offset: revision, atMs: timestampMs };
      if (mine === undefined) updates.set(key, [update]);
      else mine.push(update);
    },
  );
  return updates;
}

async function readDecided(db: Db): Promise<Map<string, number>> {
  const outbox = db.collection<{ _id: string; createdAtMs: number }>('outbox');
  const entries = await outbox.find({}, { projection: { createdAtMs: 1 } }).toArray();
  return new Map(entries.map(({ _id, createdAtMs }) => [_id, createdAtMs]));
}

function allOf(partitions: number): number[] {
  return Array.from({ length: partitions }, (_, partition) => partition);
}

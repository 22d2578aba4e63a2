/** Who talks to whom inside the alerter. `app.ts` says when the parts come up and go down. */
import type { Db } from 'mongodb';
import type { RecordProducer } from '@crest/shared/kafka/port';
import type { Logger } from '@crest/shared/logger';
import { SnapshotStore, type SnapshotDocument } from '@crest/shared/snapshots/snapshot-store';
import type { TopicNames } from '@crest/shared/topics';
import type { AlerterConfig } from './config.ts';
import { EMPTY_BOOK } from './core/rule-book.ts';
import { createEvents, type AlerterEvents } from './events.ts';
import { HeartbeatNotes } from './heartbeats.ts';
import type { AlerterMetrics } from './metrics.ts';
import type { Notifier, ThemeFollowing } from './notifiers/notifier.ts';
import { OutboxHealth } from './outbox/outbox-health.ts';
import { OutboxStore } from './outbox/outbox-store.ts';
import { Sender } from './outbox/sender.ts';
import { Teller } from './outbox/teller.ts';
import { deadLetters } from './partitions/dead-letters.ts';
import { PartitionDesk, type PartitionDeskOptions } from './partitions/partition-desk.ts';
import { CounterDesk } from './rules/counter-desk.ts';
import { DestinationDesk } from './rules/destination-desk.ts';
import { RuleDesk } from './rules/rule-desk.ts';
import { RuleSource } from './rules/rule-source.ts';

/** What the parts stand on. */
export interface Surroundings {
  readonly config: AlerterConfig;
  readonly db: Db;
  readonly producer: RecordProducer;
  readonly notifier: Notifier & Partial<ThemeFollowing>;
  readonly topics: TopicNames;
  readonly metrics: AlerterMetrics;
  readonly log: Logger;
  /** Wall clock, epoch milliseconds. */
  readonly nowMs: () => number;
  /** Clock that nobody sets, milliseconds since any moment. Default: the wall clock. */
  readonly steadyMs?: () => number;
  /** In [0, 1). */
  readonly random: () => number;
  /** Names this process in leases. */
  readonly owner: string;
  readonly fail: (error: Error) => void;
}

export interface Parts {
  readonly events: AlerterEvents;
  readonly store: OutboxStore;
  readonly health: OutboxHealth;
  readonly sender: Sender;
  readonly partitions: PartitionDesk;
  readonly rules: RuleDesk;
}

/** Destinations made ready at once. */
const PREPARED_AT_ONCE = 4;

/** Makes every part and joins them; nothing runs yet. */
export function wire(surroundings: Surroundings): Parts {
  const { config, db, topics, metrics, nowMs } = surroundings;
  const topicLabel = (topic: string) =>
    topic === topics.channelSpikes ? ('spikes' as const) : ('windows' as const);
  const events = createEvents({ metrics, log: surroundings.log, nowMs, topicLabel });
  const store = new OutboxStore(db, config['outbox.keepMs']);
  const health = new OutboxHealth(surroundings.steadyMs ?? nowMs);
  const sender = senderOf(surroundings, { store, health, events });
  const source = new RuleSource({ db, documentsMax: config['rules.documentsMax'], nowMs, events });
  const teller = new Teller({
    store,
    health,
    sender,
    book: () => source.current.book,
    nowMs,
    told: events.told,
  });
  const tell: PartitionDeskOptions['tell'] = (firings) => teller.tell(firings);
  const partitions = new PartitionDesk(partitionOptions(surroundings, events, tell), EMPTY_BOOK);
  const rules = new RuleDesk({
    source,
    counters: new CounterDesk({
      db,
      producer: surroundings.producer,
      topic: topics.channelEvents,
      partitions: config['kafka.partitions'],
      nowMs,
    }),
    destinations: new DestinationDesk({
      notifier: surroundings.notifier,
      concurrency: PREPARED_AT_ONCE,
      events,
    }),
    refreshMs: config['rules.refreshMs'],
    prepareTimeoutMs: config['rules.prepareTimeoutMs'],
    onChange: ({ book }) => partitions.useRules(book),
    events,
  });
  return { events, store, health, sender, partitions, rules };
}

function senderOf(
  { config, notifier, nowMs, steadyMs = nowMs, random, owner, fail }: Surroundings,
  { store, health, events }: Pick<Parts, 'store' | 'health' | 'events'>,
): Sender {
  return new Sender({
    store,
    health,
    notifier,
    policy: {
      backoff: {
        initialMs: config['outbox.retryInitialMs'],
        maxMs: config['outbox.retryMaxMs'],
        factor: 2,
      },
      attemptsMax: config['outbox.attemptsMax'],
      ageMaxMs: config['outbox.ageMaxMs'],
    },
    owner,
    inFlightMax: config['outbox.sendsInFlightMax'],
    leaseMs: config['outbox.leaseMs'],
    pollIntervalMs: config['outbox.pollIntervalMs'],
    clock: { nowMs, steadyMs },
    random,
    events,
    onBug: fail,
  });
}

function partitionOptions(
  { config, db, producer, topics, nowMs }: Surroundings,
  events: AlerterEvents,
  tell: PartitionDeskOptions['tell'],
): PartitionDeskOptions {
  const notes = new HeartbeatNotes(db);
  return {
    topics: { windows: topics.channelWindows, spikes: topics.channelSpikes },
    snapshots: new SnapshotStore(db.collection<SnapshotDocument>('alertSnapshots')),
    snapshotIntervalMs: config.snapshotIntervalMs,
    heartbeatMs: Math.floor(config['kafka.sessionTimeoutMs'] / 4),
    reloadAfterMs: config['kafka.sessionTimeoutMs'],
    nowMs,
    tell,
    bury: deadLetters({
      producer,
      topic: topics.deadLetters,
      nowMs,
      buried: events.recordBuried,
    }),
    onHeartbeat: (heartbeat) => {
      const atMs = nowMs();
      events.heartbeatPassed(heartbeat, atMs);
      notes.note(heartbeat, atMs).catch(events.heartbeatUnnoted);
    },
    events,
  };
}

/** Every topic: its key, what stands in it, its partitions and how long it is kept. */

const HOUR_MS = 60 * 60 * 1000;

export interface TopicSpec {
  /** Name before `kafka.topicPrefix`. */
  readonly name: string;
  readonly key: string;
  readonly holds: string;
  /** `perChannel`: `kafka.partitions` of them, fixed at creation because every key moves otherwise. */
  readonly partitions: 'perChannel' | 1;
  /** Topic settings as Kafka names them. */
  readonly config: Readonly<Record<string, string>>;
}

// The active segment of a quiet partition outlives its retention, so whatever holds chat text
// rolls its segments hourly: 24 h of retention then means at most 25 h of text.
const CHAT_TEXT = {
  'cleanup.policy': 'delete',
  'retention.ms': String(24 * HOUR_MS),
  'segment.ms': String(HOUR_MS),
};

const COMPACTED = {
  'cleanup.policy': 'compact',
  'segment.ms': String(HOUR_MS),
  'min.cleanable.dirty.ratio': '0.1',
  'delete.retention.ms': String(24 * HOUR_MS),
};

export const TOPICS = {
  channelEvents: {
    name: 'channel.events',
    key: 'channel id; none for ticks, counters and heartbeats',
    holds: 'everything that happens in a channel, as one ordered log (records/channel-event.ts)',
    partitions: 'perChannel',
    config: CHAT_TEXT,
  },
  channelsWanted: {
    name: 'channels.wanted',
    key: 'channel id, or login:NAME while the id is not known',
    holds: 'which channels are to be read (records/channel-wanted.ts)',
    partitions: 'perChannel',
    config: COMPACTED,
  },
  channelsObserved: {
    name: 'channels.observed',
    key: 'reader set and room, or reader set and partition',
    holds: 'the last state of each room and the last tick (records/channel-observed.ts)',
    partitions: 'perChannel',
    config: COMPACTED,
  },
  channelWindows: {
    name: 'channel.windows',
    key: 'channel id; none for watermarks and heartbeats',
    holds: 'windows as they grow, become final and are corrected (records/windows-updated.ts)',
    partitions: 'perChannel',
    config: CHAT_TEXT,
  },
  channelSpikes: {
    name: 'channel.spikes',
    key: 'channel id',
    holds: 'moments when a crowd reacted (records/spike-found.ts)',
    partitions: 'perChannel',
    config: CHAT_TEXT,
  },
  deadLetters: {
    name: 'dead.letters',
    key: 'key of the record, where it had one',
    holds: 'what could not be understood, with its reason (records/dead-letter.ts)',
    partitions: 1,
    config: CHAT_TEXT,
  },
} as const satisfies Record<string, TopicSpec>;

export type TopicId = keyof typeof TOPICS;

/** The topics' names in Kafka. */
export type TopicNames = Readonly<Record<TopicId, string>>;

/** Puts the prefix before every name, so that several Crests can share a cluster. */
export function topicNames(prefix: string): TopicNames {
  const entries = Object.entries(TOPICS).map(([id, spec]) => [id, `${prefix}${spec.name}`]);
  return Object.fromEntries(entries) as TopicNames;
}

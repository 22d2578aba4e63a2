/**
 * The collector's settings: one table, read once. docs/reference/config.md is made from it.
 *
 * To add a setting: one entry here with its default, unit and reason, then use it as
 * `config['section.name']`. Its variable is named after it (`variableOf`).
 */
import { COMMON_SETTINGS } from '@crest/shared/common-settings';
import {
  oneOf,
  parseConfig,
  text,
  textLike,
  variableOf,
  wholeNumber,
  type ConfigOf,
} from '@crest/shared/config';

const { 'mongodb.url': _url, 'mongodb.database': _database, ...common } = COMMON_SETTINGS;

export const COLLECTOR_SETTINGS = {
  ...common,
  readerSet: {
    schema: textLike(/^[a-z0-9]{1,16}$/, 'one to sixteen letters and digits'),
    fallback: 'a',
    unit: '',
    doc: 'Name of the fleet of collectors that shares the channels. A second set reads everything a second time.',
  },
  tickIntervalMs: {
    schema: wholeNumber(100, 60_000),
    fallback: '1000',
    unit: 'ms, wall',
    doc: 'How often a tick goes into each partition. A second, because windows are seconds long.',
  },
  handOverMs: {
    schema: wholeNumber(0, 3_600_000),
    fallback: '60000',
    unit: 'ms, wall',
    doc: 'A partition that goes to another collector is read on until that one reads its rooms, and at most so long. Rooms that were not taken over by then are a gap until they are. Joins are limited: 20 in ten seconds are 120 rooms in this time.',
  },
  heartbeatIntervalMs: {
    schema: wholeNumber(100, 3_600_000),
    fallback: '60000',
    unit: 'ms, wall',
    doc: 'How often a heartbeat goes through the whole pipeline.',
  },
  stampClampMs: {
    schema: wholeNumber(0, 864_000_000),
    fallback: '60000',
    unit: 'ms, event time',
    doc: 'A stamp further ahead of the event clock is replaced by the clock and counted. Multiply it by the speed of a replay.',
  },
  deliveryAllowanceMs: {
    schema: wholeNumber(0, 864_000_000),
    fallback: '250',
    unit: 'ms, event time',
    doc: 'Ticks lie so far behind the event clock: what Twitch stamped is under way for a while, and a tick must not vouch for it yet. Multiply it by the speed of a replay.',
  },
  recentIdsMax: {
    schema: wholeNumber(2, 10_000_000),
    fallback: '100000',
    unit: 'ids',
    doc: 'Ids of lines kept to drop repeats: several seconds of the busiest evening. Later repeats are dropped by the processor.',
  },
  'queue.bytesMax': {
    schema: wholeNumber(1024, 4_294_967_296),
    fallback: '67108864',
    unit: 'bytes',
    doc: 'Records that wait in memory for Kafka or the spool. At the bound the sockets are read no further until half is gone.',
  },
  'queue.batchRecordsMax': {
    schema: wholeNumber(1, 100_000),
    fallback: '5000',
    unit: 'records',
    doc: 'Records sent to Kafka at once. One send is under way at a time, so this over the round trip bounds the rate: a slow broker gets larger batches, a quick one small ones.',
  },
  'queue.batchPartitionBytesMax': {
    schema: wholeNumber(1024, 100_000_000),
    fallback: '700000',
    unit: 'bytes',
    doc: "Bytes of one partition sent at once. Keep it below the brokers' message.max.bytes, 1 MiB unless set.",
  },
  'queue.lingerMs': {
    schema: wholeNumber(0, 1000),
    fallback: '20',
    unit: 'ms, wall',
    doc: 'A batch that is not full goes out so long after the last one was acknowledged: at once where little is written, and never many small ones, each of which costs the broker as much as a large one. Four times as long while more than 8,000 records a second go out.',
  },
  'spool.dir': {
    schema: text(),
    fallback: '',
    unit: '',
    doc: 'Directory of this process alone, kept over its restarts, for records that Kafka does not take. Empty for no spool: records then wait in memory, at the bound of which reading stops, and a kill loses what waits.',
  },
  'spool.bytesMax': {
    schema: wholeNumber(1_048_576, 1_099_511_627_776),
    fallback: '4294967296',
    unit: 'bytes',
    doc: 'All the spool may take of the disk: about half an hour at 2,000 messages a second. At the bound, as on a full disk, nothing is dropped: records wait in memory and at `queue.bytesMax` reading stops. What Twitch then drops by closing connections is a gap.',
  },
  'spool.segmentBytes': {
    schema: wholeNumber(65_536, 1_073_741_824),
    fallback: '16777216',
    unit: 'bytes',
    doc: 'Size of a file of the spool. Space comes back by whole files, and the last one is read through at a start.',
  },
  'spool.sendDeadlineMs': {
    schema: wholeNumber(10, 600_000),
    fallback: '2000',
    unit: 'ms, wall',
    doc: 'A batch that Kafka has not acknowledged for so long goes to the spool, with all that waits behind it. A broker that is only slow answers within this.',
  },
  'spool.fsyncDelayMs': {
    schema: wholeNumber(0, 10_000),
    fallback: '20',
    unit: 'ms, wall',
    doc: 'While the spool is written, records wait at most so long for others that share their fsync. More is lost by a kill, fewer fsyncs are made.',
  },
  'spool.ageMaxMs': {
    schema: wholeNumber(1000, 86_400_000),
    fallback: '86400000',
    unit: 'ms, wall',
    doc: 'Older records are neither kept nor sent: what people wrote lives 24 hours, here as everywhere.',
  },
  'twitch.ircUrl': {
    schema: textLike(/^wss?:\/\/\S+$/, 'a URL that begins with wss:// or ws://'),
    fallback: 'wss://irc-ws.chat.twitch.tv:443',
    unit: '',
    doc: "Where Twitch's chat is read. Plain ws:// is for a pretend Twitch: the real one refuses it.",
  },
  'twitch.roomsPerConnection': {
    schema: wholeNumber(1, 1000),
    fallback: '90',
    unit: 'rooms',
    doc: 'Rooms read through one connection. 90 is what large readers found to hold; Twitch names no number.',
  },
  'twitch.joinsPer10s': {
    schema: wholeNumber(1, 10_000),
    fallback: '20',
    unit: 'joins',
    doc: "Twitch's limit for ordinary accounts and, as far as known, anonymous readers; 2000 for verified ones. Beyond it the connection is dropped.",
  },
  'twitch.joinWindowMs': {
    schema: wholeNumber(100, 600_000),
    fallback: '11000',
    unit: 'ms, wall',
    doc: 'The span in which `twitch.joinsPer10s` are allowed: ten seconds and one more, because joins that we send ten seconds apart can arrive closer together.',
  },
  'twitch.joinScope': {
    schema: oneOf(['process', 'connection']),
    fallback: 'process',
    unit: '',
    doc: 'Whom Twitch counts joins for: this process (by address) or each connection (by nick). It does not say; the careful reading is the default.',
  },
  'twitch.joinTimeoutMs': {
    schema: wholeNumber(100, 600_000),
    fallback: '10000',
    unit: 'ms, wall',
    doc: 'A join that is not confirmed for so long is tried again, with back-off. Unknown logins get no answer at all.',
  },
  'twitch.connectionIntervalMs': {
    schema: wholeNumber(0, 600_000),
    fallback: '500',
    unit: 'ms, wall',
    doc: 'Time between two new connections: 20 logins in 10 s is what Twitch allows.',
  },
  'twitch.connectTimeoutMs': {
    schema: wholeNumber(100, 600_000),
    fallback: '10000',
    unit: 'ms, wall',
    doc: 'A connection that is not logged in by then is given up.',
  },
  'twitch.pingIntervalMs': {
    schema: wholeNumber(100, 600_000),
    fallback: '30000',
    unit: 'ms, wall',
    doc: 'How often we say PING on every connection; each answer also proves that everything before it arrived.',
  },
  'twitch.idleMs': {
    schema: wholeNumber(100, 600_000),
    fallback: '10000',
    unit: 'ms, wall',
    doc: 'A connection silent for so long is asked by a PING at once: half-open sockets look like quiet rooms.',
  },
  'twitch.pingDeadlineMs': {
    schema: wholeNumber(100, 600_000),
    fallback: '5000',
    unit: 'ms, wall',
    doc: 'A connection that does not answer a PING for so long is dead.',
  },
  'twitch.overlapMs': {
    schema: wholeNumber(0, 600_000),
    fallback: '60000',
    unit: 'ms, wall',
    doc: 'After a RECONNECT the old connection is read until Twitch closes it, and at most so long once its rooms are read elsewhere.',
  },
  'twitch.frameBytesMax': {
    schema: wholeNumber(1024, 67_108_864),
    fallback: '1048576',
    unit: 'bytes',
    doc: 'A longer WebSocket frame ends its connection. Real ones hold a few dozen lines of half a kilobyte.',
  },
  'twitch.lineCharactersMax': {
    schema: wholeNumber(512, 65_536),
    fallback: '16384',
    unit: 'characters',
    doc: 'A longer line goes to the dead letters, cut. Tags may take 8191 bytes (IRCv3), the rest 512. The most is far below what a broker takes in one record, which would otherwise be sent again for ever.',
  },
} as const;

export type CollectorConfig = ConfigOf<typeof COLLECTOR_SETTINGS>;

/** Variables of other services that `crest up` hands to everybody alike. */
const LET_PASS = ['mongodb.url', 'mongodb.database'].map(variableOf);

/** @throws CrestError CONFIG_INVALID that lists everything that is wrong. */
export function parseCollectorConfig(
  env: Readonly<Record<string, string | undefined>>,
): CollectorConfig {
  return parseConfig(COLLECTOR_SETTINGS, env, LET_PASS);
}

/** The settings that every service has. */
import { eventClockSetting, list, oneOf, text, wholeNumber } from './config.ts';

export const COMMON_SETTINGS = {
  instance: {
    schema: text(),
    fallback: '',
    unit: '',
    doc: 'Name of this process and of no other of its service, the same when it is started again, such as the name of its pod: what brokers call it. When it starts, an earlier process of this name is taken out of the consumer group at once; without a name its session must run out first.',
  },
  'kafka.brokers': {
    schema: list(),
    fallback: null,
    unit: '',
    doc: 'Brokers to start from, as host:port, comma-separated.',
  },
  'kafka.topicPrefix': {
    schema: text(),
    fallback: '',
    unit: '',
    doc: 'Put before every topic and group name, so that several Crests can share a cluster.',
  },
  'kafka.partitions': {
    schema: wholeNumber(1, 1024),
    fallback: '32',
    unit: '',
    doc: 'Partitions of the topics keyed by channel. Fixed at creation: every key moves otherwise.',
  },
  'kafka.replicationFactor': {
    schema: wholeNumber(1, 9),
    fallback: '1',
    unit: '',
    doc: 'Copies of each partition where a topic is created. 3 in production, 1 on one broker.',
  },
  'kafka.sessionTimeoutMs': {
    schema: wholeNumber(1_000, 300_000),
    fallback: '6000',
    unit: 'ms, wall',
    doc: 'A group member silent for so long loses its partitions. 6 s is the least that a broker accepts by default: a killed lone member without `instance` is back after 2 s with it, after 26 s with 30 s.',
  },
  'mongodb.url': {
    schema: text(),
    fallback: null,
    unit: '',
    doc: 'Connection string of MongoDB.',
    secret: true,
  },
  'mongodb.database': {
    schema: text(),
    fallback: 'crest',
    unit: '',
    doc: 'Name of the database.',
  },
  'http.host': {
    schema: text(),
    fallback: '127.0.0.1',
    unit: '',
    doc: 'Address on which /metrics, /livez and /readyz are served.',
  },
  'http.port': {
    schema: wholeNumber(0, 65_535),
    fallback: '0',
    unit: '',
    doc: 'Port on which /metrics, /livez and /readyz are served; 0 takes any free one.',
  },
  'log.level': {
    schema: oneOf(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']),
    fallback: 'info',
    unit: '',
    doc: 'The least level that is logged.',
  },
  eventClock: {
    schema: eventClockSetting(),
    fallback: 'wall',
    unit: '',
    doc: 'The clock of event time: wall, or wallAnchorMs,eventAnchorMs,speed in a replay.',
  },
  shutdownTimeoutMs: {
    schema: wholeNumber(100, 600_000),
    fallback: '20000',
    unit: 'ms, wall',
    doc: 'Time for draining and stopping after SIGTERM. Keep it below the grace period of whatever supervises the process.',
  },
} as const;

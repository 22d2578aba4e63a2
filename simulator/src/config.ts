/** The simulator's settings, read from the environment once. */
import { COMMON_SETTINGS } from '@crest/shared/common-settings';
import {
  type ConfigOf,
  decimal,
  oneOf,
  parseConfig,
  text,
  textLike,
  variableOf,
  wholeNumber,
  yesOrNo,
} from '@crest/shared/config';
import { faultPlanSetting, pairsSetting } from './setting-forms.ts';

export const SIMULATOR_SETTINGS = {
  'http.host': COMMON_SETTINGS['http.host'],
  'http.port': COMMON_SETTINGS['http.port'],
  'log.level': COMMON_SETTINGS['log.level'],
  eventClock: COMMON_SETTINGS.eventClock,
  shutdownTimeoutMs: COMMON_SETTINGS.shutdownTimeoutMs,
  'run.id': {
    schema: text(),
    fallback: '',
    unit: '',
    doc: 'Name of the run; room ids follow from it. Empty takes one from the wall clock.',
  },
  seed: {
    schema: wholeNumber(0, Number.MAX_SAFE_INTEGER),
    fallback: '1',
    unit: '',
    doc: 'Everything made up follows from it: the same seed and run give the same bytes.',
  },
  mode: {
    schema: oneOf(['world', 'replay']),
    fallback: 'world',
    unit: '',
    doc: 'What is played: a seeded world, or recorded chats.',
  },
  'replay.directory': {
    schema: text(),
    fallback: '',
    unit: '',
    doc: 'Folder of .ndjson and .ndjson.gz files, each a channel. Needed in mode replay.',
  },
  'replay.spanMs': {
    schema: wholeNumber(0, Number.MAX_SAFE_INTEGER),
    fallback: '0',
    unit: 'ms, event',
    doc: 'Only the first part of each log; 0 plays all of it.',
  },
  'world.rooms': {
    schema: wholeNumber(1, 200_000),
    fallback: '24',
    unit: '',
    doc: 'Rooms of a seeded world; the k-th has 1/k of the rate of the first.',
  },
  'world.messagesPerSecond': {
    schema: decimal(0.001, 1_000_000),
    fallback: '40',
    unit: '1/s, event',
    doc: 'Usual rate of all rooms together; reactions come on top.',
  },
  'world.busiestPerSecond': {
    schema: decimal(0, 100_000),
    fallback: '0',
    unit: '1/s, event',
    doc: 'Rate of the first room instead of its share, of even talk; 0 for its share.',
  },
  'world.durationMs': {
    schema: wholeNumber(0, Number.MAX_SAFE_INTEGER),
    fallback: '0',
    unit: 'ms, event',
    doc: 'Lines end after so long; 0 never.',
  },
  'world.stories': {
    schema: yesOrNo(),
    fallback: 'true',
    unit: '',
    doc: 'Reactions, raids, gifts, deletions, shared chats. false is even talk, for load tests.',
  },
  'start.rule': {
    schema: oneOf(['all-joined', 'first-joined', 'at-once', 'manual']),
    fallback: 'all-joined',
    unit: '',
    doc: 'Lines start when every room (or the first) has a confirmed reader, at once, or by POST /start, which always works.',
  },
  'ledger.file': {
    schema: text(),
    fallback: '',
    unit: '',
    doc: 'Where the ledger is written; empty for none.',
  },
  'twitch.ircHost': {
    schema: text(),
    fallback: '127.0.0.1',
    unit: '',
    doc: 'Address of the IRC WebSocket.',
  },
  'twitch.ircPort': {
    schema: wholeNumber(0, 65_535),
    fallback: '0',
    unit: '',
    doc: 'Port of the IRC WebSocket; 0 takes any free one.',
  },
  'twitch.joinsMax': {
    schema: wholeNumber(1, 1_000_000),
    fallback: '20',
    unit: '',
    doc: 'Joins in a window before the connection is dropped. Twitch: 20, for verified accounts 2000; replays use the latter.',
  },
  'twitch.joinsWindowMs': {
    schema: wholeNumber(1, 3_600_000),
    fallback: '10000',
    unit: 'ms, wall',
    doc: 'The window of twitch.joinsMax.',
  },
  'twitch.joinScope': {
    schema: oneOf(['nick', 'ip']),
    fallback: 'nick',
    unit: '',
    doc: 'Whom joins and logins are counted for. Which of them Twitch does for anonymous readers is not known.',
  },
  'twitch.loginsMax': {
    schema: wholeNumber(1, 1_000_000),
    fallback: '20',
    unit: '',
    doc: 'Logins in 10 s before the connection is dropped. Twitch: 20, for verified accounts 200.',
  },
  'twitch.roomsMax': {
    schema: wholeNumber(1, 1_000_000),
    fallback: '100',
    unit: '',
    doc: 'Rooms that one login can be in at the same time; further joins are met with silence.',
  },
  'twitch.pingIntervalMs': {
    schema: wholeNumber(10, 86_400_000),
    fallback: '300000',
    unit: 'ms, wall',
    doc: 'Time between two PINGs of the server. Twitch: about 5 minutes.',
  },
  'twitch.pongTimeoutMs': {
    schema: wholeNumber(10, 86_400_000),
    fallback: '30000',
    unit: 'ms, wall',
    doc: 'A client that owes a PONG for so long is cut.',
  },
  'twitch.backlogBytesMax': {
    schema: wholeNumber(0, Number.MAX_SAFE_INTEGER),
    fallback: '8388608',
    unit: 'bytes',
    doc: 'A client that leaves so much unread is cut. 0 never cuts; replays do that.',
  },
  'twitch.accounts': {
    schema: pairsSetting(':'),
    fallback: '',
    unit: '',
    doc: 'Who may log in by PASS, as login:token, comma-separated; justinfan needs none.',
    secret: true,
  },
  'twitch.refusals': {
    schema: pairsSetting('=', ['suspended', 'banned', 'tos', 'silent']),
    fallback: '',
    unit: '',
    doc: 'Logins whose joins are refused, as login=suspended|banned|tos|silent, comma-separated.',
  },
  'faults.plan': {
    schema: faultPlanSetting(),
    fallback: '',
    unit: '',
    doc: 'Faults while lines are played, as fault@seconds (mean wall time between two), comma-separated.',
  },
  'sns.enabled': {
    schema: yesOrNo(),
    fallback: 'true',
    unit: '',
    doc: 'Whether the pretend SNS runs in this process too.',
  },
  'sns.host': {
    schema: text(),
    fallback: '127.0.0.1',
    unit: '',
    doc: 'Address of the pretend SNS and its inbox.',
  },
  'sns.port': {
    schema: wholeNumber(0, 65_535),
    fallback: '0',
    unit: '',
    doc: 'Port of the pretend SNS and its inbox; 0 takes any free one.',
  },
  'sns.inboxFile': {
    schema: text(),
    fallback: '',
    unit: '',
    doc: 'NDJSON file of everything that the pretend SNS delivered; empty for none.',
  },
  'sns.autoConfirm': {
    schema: yesOrNo(),
    fallback: 'true',
    unit: '',
    doc: 'Whether the pretend people confirm email subscriptions at once.',
  },
  'sns.region': {
    schema: textLike(/^[a-z]{2}(-[a-z]+)+-\d$/, 'an AWS region'),
    fallback: 'eu-central-1',
    unit: '',
    doc: 'Region in the ARNs of the pretend SNS.',
  },
} as const;

export type SimulatorConfig = ConfigOf<typeof SIMULATOR_SETTINGS>;

/**
 * Reads the settings. The common variables of the other services are let pass, so that one
 * environment serves them all.
 * @throws CrestError CONFIG_INVALID that lists every problem.
 */
export function readConfig(env: Readonly<Record<string, string | undefined>>): SimulatorConfig {
  return parseConfig(SIMULATOR_SETTINGS, env, Object.keys(COMMON_SETTINGS).map(variableOf));
}

/** What `crest up` can be asked for, read from the command line and checked as a whole. */
import { z } from 'zod';
import {
  choicesOf,
  EVERY_MS,
  namesIn,
  PAUSE_FOR_MS,
  TARGETS,
  type ChaosPlan,
} from '../core/chaos/chaos-plan.ts';
import { endsOf, PAIRS } from '../core/chaos/pairs.ts';
import { CliError, EXIT } from '../cli-error.ts';

/** The options as commander hands them over: text and flags. */
export interface RawUpOptions {
  readonly replay?: string;
  readonly speed?: string;
  readonly span?: string;
  readonly untilDone?: true;
  readonly channels?: string;
  readonly twitch?: string;
  readonly kafka?: string;
  readonly mongodb?: string;
  readonly sns?: string;
  readonly redis?: string;
  readonly data: string;
  readonly seed?: string;
  readonly report?: string;
  readonly json?: true;
  readonly prometheus?: true;
  readonly rules?: string;
  readonly collectors?: string;
  readonly processors?: string;
  readonly alerters?: string;
  readonly screen: boolean;
  readonly kill?: string;
  readonly pause?: string;
  readonly cut?: string;
  readonly every?: string;
  readonly pauseFor?: string;
}

export interface UpOptions {
  readonly mode: 'world' | 'replay' | 'live';
  /** Folder of chat logs; null but in mode `replay`. */
  readonly replayDir: string | null;
  readonly speed: number;
  /** Event time that is played of each log or of the world, milliseconds; null for all of a log. */
  readonly spanMs: number | null;
  readonly untilDone: boolean;
  /** Logins to read in mode `live`. */
  readonly channels: readonly string[];
  readonly twitchUrl: string;
  readonly kafka: string | null;
  readonly mongodb: string | null;
  readonly sns: string | null;
  readonly dataDir: string;
  readonly seed: number;
  readonly reportFile: string | null;
  readonly json: boolean;
  readonly prometheus: boolean;
  readonly rulesFile: string | null;
  readonly counts: {
    readonly collectors: number;
    readonly processors: number;
    readonly alerters: number;
  };
  readonly screen: boolean;
  /** What is done to the run on purpose; null for nothing. */
  readonly chaos: ChaosPlan | null;
}

type CheckedOptions = Pick<
  UpOptions,
  | 'mode'
  | 'replayDir'
  | 'speed'
  | 'spanMs'
  | 'channels'
  | 'twitchUrl'
  | 'kafka'
  | 'mongodb'
  | 'sns'
  | 'seed'
  | 'counts'
  | 'chaos'
>;

export const TWITCH_IRC_URL = 'wss://irc-ws.chat.twitch.tv:443';

/** A pretend world runs faster than life, so that its first spikes come within a minute. */
export const WORLD_SPEED = 5;
/** Event time after which a pretend world falls silent: its clock must not pass the wall clock. */
export const WORLD_SPAN_MS = 24 * 3_600_000;

const SPEED_MAX = 1_000;
const COPIES_MAX = 16;

const UNITS_MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000 };

const spanForm = z
  .string()
  .regex(/^\d+(\.\d+)?(s|m|h)$/, 'expected a time such as 3600s, 60m or 1h')
  .transform((text) => Math.round(Number(text.slice(0, -1)) * (UNITS_MS[text.slice(-1)] ?? 0)))
  .refine((ms) => ms > 0, 'expected a time above 0');

const numberForm = (min: number, max: number, words: string) =>
  z
    .string()
    .regex(/^\d+(\.\d+)?$/, words)
    .transform(Number)
    .refine((value) => value >= min && value <= max, words);

const namesForm = <T extends string>(names: readonly T[]) =>
  z.string().transform((text, context) => {
    const found = namesIn(text, names);
    if (found !== undefined) return found;
    context.addIssue(`expected all, or some of ${names.join(', ')}, comma-separated`);
    return z.NEVER;
  });

const copiesForm = numberForm(1, COPIES_MAX, `expected a whole number from 1 to ${COPIES_MAX}`)
  .refine(Number.isInteger, `expected a whole number from 1 to ${COPIES_MAX}`)
  .default(1);

const channelsForm = z
  .string()
  .transform((text) => text.split(',').map((login) => login.trim().toLowerCase().replace(/^#/, '')))
  .refine(
    (logins) => logins.every((login) => /^[a-z0-9_]{1,25}$/.test(login)),
    'expected logins, comma-separated, such as "shroud,riotgames"',
  );

const urlForm = (schemes: readonly string[]) =>
  z
    .string()
    .refine(
      (text) => schemes.some((scheme) => text.startsWith(`${scheme}://`)) && URL.canParse(text),
      `expected a URL that begins with ${schemes.map((scheme) => `${scheme}://`).join(' or ')}`,
    );

const brokersForm = z
  .string()
  .transform((text) => text.replace(/^kafka:\/\//, ''))
  .refine(
    (text) => text.split(',').every((broker) => /^[^\s:,]+:\d+$/.test(broker)),
    'expected brokers as host:port, comma-separated',
  );

const optionsForm = z.object({
  replay: z.string().optional(),
  speed: numberForm(0.1, SPEED_MAX, `expected a number from 0.1 to ${SPEED_MAX}`).optional(),
  span: spanForm.optional(),
  channels: channelsForm.optional(),
  twitch: urlForm(['ws', 'wss']).default(TWITCH_IRC_URL),
  kafka: brokersForm.optional(),
  mongodb: urlForm(['mongodb', 'mongodb+srv']).optional(),
  sns: urlForm(['http', 'https']).optional(),
  seed: numberForm(0, Number.MAX_SAFE_INTEGER, 'expected a whole number')
    .refine(Number.isInteger, 'expected a whole number')
    .default(1),
  collectors: copiesForm,
  processors: copiesForm,
  alerters: copiesForm,
  kill: namesForm(TARGETS).default([]),
  pause: namesForm(TARGETS).default([]),
  cut: namesForm(PAIRS).default([]),
  every: spanForm.optional(),
  pauseFor: spanForm.optional(),
});

/** Reads the options. @throws CliError (usage) that names every option that is wrong. */
export function parseUpOptions(raw: RawUpOptions): UpOptions {
  const parsed = optionsForm.safeParse(raw);
  if (!parsed.success) {
    const problems = parsed.error.issues.map(
      ({ path, message }) => `${flagOf(path.join('.'))}: ${message}`,
    );
    throw new CliError(`${problems.join('; ')}.`, EXIT.usage);
  }
  refuseContradictions(raw);
  refuseIdlePace(raw);
  const checked = checkedOptions(parsed.data);
  refuseChaosOutOfReach(checked);
  return { ...checked, ...plainOptions(raw) };
}

/** Those that were text with a form. */
function checkedOptions(options: z.output<typeof optionsForm>): CheckedOptions {
  const { replay = null, kafka = null, mongodb = null, sns = null, channels } = options;
  const mode = replay !== null ? 'replay' : channels !== undefined ? 'live' : 'world';
  return {
    mode,
    replayDir: replay,
    ...pace(mode, options),
    channels: channels ?? [],
    twitchUrl: options.twitch,
    kafka,
    mongodb,
    sns,
    seed: options.seed,
    chaos: chaosOf(options),
    counts: {
      collectors: options.collectors,
      processors: options.processors,
      alerters: options.alerters,
    },
  };
}

function chaosOf(options: z.output<typeof optionsForm>): ChaosPlan | null {
  const choices = choicesOf(options);
  const { every = EVERY_MS, pauseFor = PAUSE_FOR_MS } = options;
  return choices.length === 0 ? null : { choices, everyMs: every, pauseForMs: pauseFor };
}

/** Flags and paths. */
function plainOptions(raw: RawUpOptions): Omit<UpOptions, keyof CheckedOptions> {
  return {
    untilDone: raw.untilDone === true,
    dataDir: raw.data,
    reportFile: raw.report ?? null,
    json: raw.json === true,
    prometheus: raw.prometheus === true,
    rulesFile: raw.rules ?? null,
    screen: raw.screen,
  };
}

function pace(
  mode: UpOptions['mode'],
  { speed, span }: { speed?: number | undefined; span?: number | undefined },
): { speed: number; spanMs: number | null } {
  switch (mode) {
    case 'replay':
      return { speed: speed ?? 1, spanMs: span ?? null };
    case 'world':
      return { speed: speed ?? WORLD_SPEED, spanMs: span ?? WORLD_SPAN_MS };
    case 'live':
      return { speed: 1, spanMs: null };
  }
}

const CHAOS = ['kill', 'pause', 'cut'] as const;

/** An option as people write it: `untilDone` is `--until-done`. */
function flagOf(name: string): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

function refuse(message: string): never {
  throw new CliError(message, EXIT.usage);
}

/** Servers that are not ours are nobody's to kill, and no proxy stands before them. */
function refuseChaosOutOfReach({ chaos, ...servers }: CheckedOptions): void {
  for (const choice of chaos?.choices ?? []) {
    const server = choice.kind === 'cut' ? endsOf(choice.pair).server : choice.target;
    const isForeign = server in servers && servers[server as 'kafka' | 'mongodb' | 'sns'] !== null;
    if (!isForeign) continue;
    refuse(
      `--${choice.kind} reaches only servers that "crest up" starts itself: leave ${server} out of its list, or leave out --${server}.`,
    );
  }
}

function refuseIdlePace(raw: RawUpOptions): void {
  const pace = (['every', 'pauseFor'] as const).find((name) => raw[name] !== undefined);
  if (pace !== undefined && CHAOS.every((name) => raw[name] === undefined)) {
    refuse(`${flagOf(pace)} says how --kill, --pause or --cut go on: give one of them.`);
  }
}

function refuseContradictions(raw: RawUpOptions): void {
  if (raw.channels !== undefined) {
    if (raw.replay !== undefined) {
      refuse('--channels reads real Twitch and --replay a recording: give one of them.');
    }
    const misfit = (['speed', 'span', 'untilDone', 'report', ...CHAOS] as const).find(
      (name) => raw[name] !== undefined,
    );
    if (misfit !== undefined) {
      refuse(
        `${flagOf(misfit)} is for replays and pretend worlds: real chat has no end and no ledger.`,
      );
    }
  }
  if (raw.twitch !== undefined && raw.channels === undefined) {
    refuse('--twitch says where real channels are read: name them with --channels.');
  }
  if (raw.untilDone === true && raw.replay === undefined && raw.span === undefined) {
    refuse('--until-done needs an end: give --replay DIR, or --span 10m for a pretend world.');
  }
}

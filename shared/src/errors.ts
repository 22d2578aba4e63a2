/**
 * The error table: every way in which Crest fails on purpose, with what to do about it.
 * Callers ask `code` and `retryable`; nobody reads message texts. docs/reference/errors.md is held to it.
 */

export const ERROR_TABLE = {
  CONFIG_INVALID: {
    retryable: false,
    summary: 'A setting is missing, malformed or unknown.',
    hint: 'Correct the named variables; docs/reference/config.md lists them all.',
  },
  KAFKA_UNAVAILABLE: {
    retryable: true,
    summary: 'No broker answered in time.',
    hint: 'Check that the brokers of CREST_KAFKA_BROKERS run and can be reached.',
  },
  KAFKA_TOPIC_MISMATCH: {
    retryable: false,
    summary: 'A topic has another number of partitions than kafka.partitions says.',
    hint: 'Set CREST_KAFKA_PARTITIONS to what the topic has: the number is fixed at creation.',
  },
  MONGODB_UNAVAILABLE: {
    retryable: true,
    summary: 'The database did not answer in time.',
    hint: 'Check that the server of CREST_MONGODB_URL runs and can be reached.',
  },
  FENCED: {
    retryable: false,
    summary: 'Another process has taken this partition over.',
    hint: 'Nothing to do: this process drops the partition, the other one goes on.',
  },
  SNAPSHOT_UNREADABLE: {
    retryable: false,
    summary: 'The saved state of a partition cannot be read.',
    hint: 'Remove the partition from the snapshots collection: it is then rebuilt from the log.',
  },
  SPOOL_UNUSABLE: {
    retryable: false,
    summary: 'The directory of the spool cannot be read or written.',
    hint: 'Give CREST_SPOOL_DIR a directory that this process may write and no other one uses.',
  },
  TWITCH_UNAVAILABLE: {
    retryable: true,
    summary: 'Twitch closed, refused or did not answer a connection.',
    hint: 'Nothing to do: the collector reconnects with back-off and records the gap.',
  },
  SHUTDOWN_TIMEOUT: {
    retryable: false,
    summary: 'A part did not stop within shutdownTimeoutMs.',
    hint: 'The log line names the part; raise CREST_SHUTDOWN_TIMEOUT_MS if it needs longer.',
  },
} as const satisfies Record<string, { retryable: boolean; summary: string; hint: string }>;

export type ErrorCode = keyof typeof ERROR_TABLE;

/** A failure that the table knows. `message` says what happened here, `hint` what to do. */
export class CrestError extends Error {
  readonly code: ErrorCode;
  readonly retryable: boolean;
  readonly hint: string;

  constructor(code: ErrorCode, message: string, options: { cause?: unknown } = {}) {
    super(message, options);
    this.name = 'CrestError';
    this.code = code;
    this.retryable = ERROR_TABLE[code].retryable;
    this.hint = ERROR_TABLE[code].hint;
  }
}

/** The code of any thrown thing; null for what the table does not know. */
export function errorCodeOf(error: unknown): ErrorCode | null {
  return error instanceof CrestError ? error.code : null;
}

/** How the whole system was at one moment; taken once a second. */

export interface Sample {
  /** Wall seconds since the first line. */
  readonly atSeconds: number;
  /** Lines that the pretend Twitch has sent; null where it did not answer. */
  readonly sent: number | null;
  /** By name: our processes, and `kafka` and `database`. */
  readonly processes: Readonly<Record<string, ProcessSample>>;
}

export interface ProcessSample {
  /** Null while it is down; then all else is null or empty. */
  readonly pid: number | null;
  readonly rssBytes: number | null;
  readonly openFiles: number | null;
  /** User and system time since it began. */
  readonly cpuSeconds: number | null;
  /** Whether `/livez` would be answered: the process answers HTTP at all. */
  readonly live: boolean;
  readonly ready: boolean;
  /** What `/readyz` gave as reasons. */
  readonly reasons: string;
  /**
   * Sum over all series by metric, and each labelled series as `name{label="value"}`. Empty for a
   * process that serves none.
   */
  readonly metrics: Readonly<Record<string, number>>;
}

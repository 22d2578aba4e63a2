/** Where the setup tells what it is doing: the live screen, or plain lines. */
export interface Progress {
  /** Begins a step that takes long enough to be shown. */
  begin(title: string): ProgressStep;
}

export interface ProgressStep {
  /** Says how far the step is, in a few words; called often. */
  update(detail: string): void;
  /** Ends the step; `outcome` is said in its place. */
  done(outcome: string): void;
}

/** At most one line in this time for a step, so that a log stays readable. */
const PLAIN_INTERVAL_MS = 5_000;

/** Plain lines: one when a step begins, one now and then, one at its end. */
export function plainProgress(
  write: (line: string) => void,
  nowMs: () => number = () => performance.now(),
): Progress {
  return {
    begin(title) {
      write(`${title} ...`);
      let saidAtMs = nowMs();
      return {
        update(detail) {
          if (nowMs() - saidAtMs < PLAIN_INTERVAL_MS) return;
          saidAtMs = nowMs();
          write(`${title}: ${detail}`);
        },
        done: (outcome) => write(`${title}: ${outcome}`),
      };
    },
  };
}

/** For callers that show nothing. */
export const silentProgress: Progress = {
  begin: () => ({ update: () => undefined, done: () => undefined }),
};

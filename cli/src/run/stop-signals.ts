/** Ctrl-C and its like: the first asks to stop in order, the second to leave at once. */

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

export interface StopSignals {
  /** Settles with the name of the first signal. */
  readonly first: Promise<NodeJS.Signals>;
  /** Stops listening. */
  dispose(): void;
}

export function catchStopSignals(onSecond: () => void): StopSignals {
  const first = Promise.withResolvers<NodeJS.Signals>();
  let count = 0;
  const handler = (signal: NodeJS.Signals): void => {
    count += 1;
    if (count === 1) first.resolve(signal);
    else onSecond();
  };
  for (const signal of SIGNALS) process.on(signal, handler);
  return {
    first: first.promise,
    dispose() {
      for (const signal of SIGNALS) process.off(signal, handler);
    },
  };
}

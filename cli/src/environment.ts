/** The one file of the command that reads the environment. */

/** The environment as it was given. */
export function environment(): Readonly<Record<string, string | undefined>> {
  return process.env;
}

/**
 * The environment of a process of ours: ours less every `CREST_` variable, plus its own settings.
 * What is set for the command must not change one service and be refused by the next.
 */
export function serviceEnvironment(
  settings: Readonly<Record<string, string>>,
): Record<string, string> {
  const inherited = Object.entries(process.env).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && !entry[0].startsWith('CREST_'),
  );
  return { ...Object.fromEntries(inherited), ...settings };
}

/**
 * The most that the JavaScript heap of a service may become, MiB: several times what 1,000 rooms
 * and 15,000 messages a second need.
 *
 * More than a bound, it is how eagerly V8 collects: with the gigabytes that it takes for allowed
 * otherwise it lets a heap become four times what lives in it before it looks, with this about one
 * and a half times. Each burst then no longer leaves a process larger than it was.
 */
export const HEAP_MIB_MAX = 768;
/**
 * Heaps of malloc, beside V8's: glibc makes up to eight for every core and gives back little of
 * what each once held. Two are enough for our few threads; other allocators do not read this.
 */
const MALLOC_ARENAS = 2;

/**
 * The most that half of a young generation may become, MiB. V8 doubles it, up to 64, when a burst
 * finds much alive, and a service that is never idle for long keeps three times that from then on. What the
 * collector and the alerter hold is little; the processor's lines live for up to a second, and a smaller
 * one costs it a fifth of its CPU time.
 */
const YOUNG_MIB_MAX = { collector: 16, processor: 64, alerter: 16 } as const;

/** How a service uses memory; what the environment of the command says of it goes before. */
export function memoryVariables(
  service: keyof typeof YOUNG_MIB_MAX | 'simulator',
  inherited: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  // The pretend Twitch remembers all that it sent: its memory grows with the run.
  if (service === 'simulator') return {};
  const own = inherited['NODE_OPTIONS'];
  const flags = [
    `--max-old-space-size=${HEAP_MIB_MAX}`,
    `--max-semi-space-size=${YOUNG_MIB_MAX[service]}`,
    // Of a flag that is given twice Node takes the last.
    ...(own === undefined ? [] : [own]),
  ];
  return {
    NODE_OPTIONS: flags.join(' '),
    MALLOC_ARENA_MAX: inherited['MALLOC_ARENA_MAX'] ?? String(MALLOC_ARENAS),
  };
}

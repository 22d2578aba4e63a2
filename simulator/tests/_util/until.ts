import { setImmediate as turn, setTimeout as pause } from 'node:timers/promises';

/** Resolves as soon as the condition holds. @throws after 10 s, naming what was waited for. */
export async function until(what: string, condition: () => boolean): Promise<void> {
  const deadline = performance.now() + 10_000;
  for (;;) {
    await turn();
    if (condition()) return;
    if (performance.now() > deadline) throw new Error(`waited in vain until ${what}`);
    await pause(5);
  }
}

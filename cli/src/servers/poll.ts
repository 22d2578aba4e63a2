import { setTimeout as delay } from 'node:timers/promises';

/**
 * Asks again and again until the answer is true or the time is over.
 * @returns whether the answer was true in time.
 */
export async function pollUntil(
  ask: () => boolean | Promise<boolean>,
  limits: { readonly withinMs: number; readonly everyMs: number },
): Promise<boolean> {
  const untilMs = performance.now() + limits.withinMs;
  for (;;) {
    if (await ask()) return true;
    if (performance.now() >= untilMs) return false;
    await delay(limits.everyMs);
  }
}

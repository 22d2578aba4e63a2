/**
 * Asks again while a cluster settles: for a moment after a topic is made or a leader moves, kafkajs
 * answers offset questions with errors that it calls retriable and does not retry itself.
 */
import { setTimeout as delay } from 'node:timers/promises';

const PAUSE_MS = 100;
const SETTLE_MS = 10_000;

/** The answer of `ask`; its last error when the cluster has not settled within ten seconds. */
export async function onceSettled<T>(ask: () => Promise<T>): Promise<T> {
  const deadlineMs = performance.now() + SETTLE_MS;
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      const isRetriable = (error as { retriable?: unknown }).retriable === true;
      if (!isRetriable || performance.now() > deadlineMs) throw error;
    }
    await delay(PAUSE_MS);
  }
}

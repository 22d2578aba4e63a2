/**
 * Stops kafkajs 2.2.4 from re-arming a one-millisecond timer for ever on an empty request queue,
 * which costs 5 % of a core per idle consumer and warns of negative time-outs on Node 24.
 * See tulios/kafkajs issues 1556, 1604 and 1751; the package is frozen, so we mend it here.
 */
import { createRequire } from 'node:module';

interface RequestQueue {
  throttleCheckTimeoutId: unknown;
  throttledUntil: number;
  pending: unknown[];
}

interface RequestQueueClass {
  prototype: RequestQueue & { scheduleCheckPendingRequests: () => void };
}

let applied = false;

/** Replaces the method once per process; safe to call again. */
export function applyKafkajsTimerPatch(): void {
  if (applied) return;
  applied = true;
  const require = createRequire(import.meta.url);
  const queue = require('kafkajs/src/network/requestQueue') as RequestQueueClass;
  const original = queue.prototype.scheduleCheckPendingRequests;
  queue.prototype.scheduleCheckPendingRequests = function schedule(this: RequestQueue): void {
    if (this.throttleCheckTimeoutId !== null && this.throttleCheckTimeoutId !== undefined) return;
    if (this.pending.length === 0) return;
    original.call(this as never);
  };
}

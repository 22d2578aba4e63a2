/**
 * Mends two things of the request queue of kafkajs 2.2.4; the package is frozen.
 *
 * It re-arms a one-millisecond timer for ever on an empty queue, which costs 5 % of a core per idle
 * consumer and warns of negative time-outs on Node 24 (tulios/kafkajs issues 1556, 1604 and 1751).
 *
 * And it stops looking at time-outs as soon as its connection is being closed. Closing waits for the
 * answers that are under way; when the broker dies meanwhile nobody rejects them, and whoever asked
 * waits for ever: a producer stood still so for two minutes after a broker had been killed five times
 * in a row, until its process was given up.
 */
import { createRequire } from 'node:module';

interface SentRequest {
  readonly sentAt: number;
  readonly requestTimeout: number;
  timeoutRequest(): void;
}

interface RequestQueue {
  throttleCheckTimeoutId: unknown;
  throttledUntil: number;
  pending: unknown[];
  readonly inflight: Map<number, SentRequest>;
  readonly requestTimeout: number;
  readonly enforceRequestTimeout: boolean;
  requestTimeoutIntervalId: unknown;
  readonly isConnected: () => boolean;
  destroy(): void;
}

interface RequestQueueClass {
  prototype: RequestQueue & {
    scheduleCheckPendingRequests: () => void;
    scheduleRequestTimeoutCheck: () => void;
  };
}

const LOOK_MS = 100;

let applied = false;

/** Replaces the methods once per process; safe to call again. */
export function applyKafkajsTimerPatch(): void {
  if (applied) return;
  applied = true;
  const require = createRequire(import.meta.url);
  const { prototype } = require('kafkajs/src/network/requestQueue') as RequestQueueClass;
  const original = prototype.scheduleCheckPendingRequests;
  prototype.scheduleCheckPendingRequests = function schedule(this: RequestQueue): void {
    if (this.throttleCheckTimeoutId !== null && this.throttleCheckTimeoutId !== undefined) return;
    if (this.pending.length === 0) return;
    original.call(this as never);
  };
  prototype.scheduleRequestTimeoutCheck = function schedule(this: RequestQueue): void {
    if (!this.enforceRequestTimeout) return;
    this.destroy();
    const look = (): void => lookAtTimeouts(this);
    this.requestTimeoutIntervalId = setInterval(look, Math.min(this.requestTimeout, LOOK_MS));
  };
}

/** As the client does it, but until nobody waits for an answer any more. */
function lookAtTimeouts(queue: RequestQueue): void {
  const nowMs = Date.now();
  for (const request of [...queue.inflight.values()]) {
    if (nowMs - request.sentAt > request.requestTimeout) request.timeoutRequest();
  }
  const isIdle = queue.inflight.size === 0 && queue.pending.length === 0;
  if (!queue.isConnected() && isIdle) queue.destroy();
}

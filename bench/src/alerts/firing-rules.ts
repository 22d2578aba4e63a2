/** The thousand rules of the load, some of them such that they fire again and again. */
import type { Rule } from '@crest/shared/domain/rule';
import { loadRules } from '../pipeline/load-rules.ts';

/** One rule in so many fires, which makes about five alerts a second; each is on one room, from the second busiest down to the tail. */
const FIRING_EVERY = 5;
const FIRING_FIRST = 2;
const SPANS_SECONDS = [2, 5, 10] as const;
/** How far above what a room says on average the threshold lies, in standard deviations. */
const SIGMAS = 1.5;
/** Cool-downs are spread, so that firings do not come in step. */
const COOLDOWN_SECONDS = 5;
const COOLDOWN_SPREAD_SECONDS = 20;
/** Half of them by SMS: SNS takes no more than ten emails a second. */
const PHONE = '+4915112345678';

/** Rules for rooms from the busiest to the quietest, at so many messages a second over all. */
export function firingRules(rooms: readonly { id: string }[], rate: number): Rule[] {
  const busiest = rate / harmonic(rooms.length);
  return loadRules(rooms).map((rule, index) => {
    if (!isFiring(index)) return rule;
    const withinSeconds = SPANS_SECONDS[index % SPANS_SECONDS.length] ?? 5;
    const expected = (busiest / (index + 1)) * withinSeconds;
    const atLeast = Math.ceil(expected + SIGMAS * Math.sqrt(expected)) + 1;
    return {
      ...rule,
      condition: { kind: 'messages', atLeast, withinSeconds },
      cooldownSeconds: COOLDOWN_SECONDS + ((index * 7) % COOLDOWN_SPREAD_SECONDS),
      destinations: index % 2 === 0 ? rule.destinations : [{ kind: 'sms', phone: PHONE }],
    };
  });
}

/** Whether the rule of that place is one of those that fire. */
export function isFiring(index: number): boolean {
  return index % FIRING_EVERY === FIRING_FIRST;
}

/** Sum of 1/k up to n: what Zipf(1) rates are divided by. */
function harmonic(n: number): number {
  let sum = 0;
  for (let k = 1; k <= n; k += 1) sum += 1 / k;
  return sum;
}

/** Forms of settings that only the simulator has. */
import { z } from 'zod';
import { type FaultOrder, parseFaultOrder } from './core/faults.ts';

/** `key<separator>value` pairs, comma-separated; none for an empty text. */
export function pairsSetting(
  separator: ':' | '=',
  values?: readonly string[],
): z.ZodType<ReadonlyMap<string, string>, string> {
  return z.string().transform((given, context) => {
    const pairs = new Map<string, string>();
    for (const part of partsOf(given)) {
      const at = part.indexOf(separator);
      const value = part.slice(at + 1);
      if (at < 1 || value === '' || values?.includes(value) === false) {
        const expected = values === undefined ? 'value' : values.join('|');
        const message = `expected name${separator}${expected}, comma-separated`;
        context.addIssue({ code: 'custom', message });
        return z.NEVER;
      }
      pairs.set(part.slice(0, at).toLowerCase(), value);
    }
    return pairs;
  });
}

/** A fault that comes again and again. */
export interface PlannedFault {
  readonly order: FaultOrder;
  /** Mean wall time between two, milliseconds. */
  readonly everyMs: number;
}

/** `fault@seconds` pairs, comma-separated; what else a fault needs has its default. */
export function faultPlanSetting(): z.ZodType<readonly PlannedFault[], string> {
  return z.string().transform((given, context) => {
    const plan: PlannedFault[] = [];
    for (const part of partsOf(given)) {
      const [fault, seconds] = part.split('@');
      const order = parseFaultOrder({ fault });
      const everyMs = Number(seconds) * 1_000;
      if (!order.ok || !(everyMs > 0)) {
        const message = `expected fault@seconds, comma-separated${order.ok ? '' : `: ${order.reason}`}`;
        context.addIssue({ code: 'custom', message });
        return z.NEVER;
      }
      plan.push({ order: order.value, everyMs });
    }
    return plan;
  });
}

function partsOf(given: string): string[] {
  return given
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean);
}

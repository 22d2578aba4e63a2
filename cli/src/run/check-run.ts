/** The judgement of a run that is done. */
import type { System } from './system.ts';

export async function checkRun(_system: System): Promise<{ report: unknown; held: boolean }> {
  return { report: null, held: true };
}

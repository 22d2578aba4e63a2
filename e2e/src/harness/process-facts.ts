/** What the kernel knows of a process, read from Linux' /proc. */
import { readdirSync } from 'node:fs';
import { processUsage } from '@crest/bench/pipeline/process-usage';

export interface ProcessFacts {
  readonly rssBytes: number;
  readonly openFiles: number;
  readonly cpuSeconds: number;
}

/** The facts; null where the process is gone or there is no /proc. */
export function processFacts(pid: number): ProcessFacts | null {
  try {
    return { ...processUsage(pid), openFiles: readdirSync(`/proc/${pid}/fd`).length };
  } catch {
    return null;
  }
}

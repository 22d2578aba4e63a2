import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/**
 * When a process began, in a form that can only be compared: two processes that had the same id one
 * after the other differ in it.
 * @returns undefined when no such process runs (one that ended and was not yet collected does not run).
 */
export function processStart(pid: number): string | undefined {
  return process.platform === 'linux' ? startOnLinux(pid) : startByPs(pid);
}

/** Whether this very process still runs. */
export function isSameProcess(pid: number, start: string): boolean {
  return processStart(pid) === start;
}

/** Field numbers of proc(5), `/proc/PID/stat`, less the two that stand before the closing bracket. */
const STATE_FIELD = 0;
const START_TICKS_FIELD = 19;

function startOnLinux(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name in brackets may hold anything, blanks and brackets too: fields count from its end.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const state = fields[STATE_FIELD];
    if (state === 'Z' || state === 'X') return undefined;
    return `${bootId()}/${fields[START_TICKS_FIELD] ?? ''}`;
  } catch {
    return undefined;
  }
}

function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return '';
  }
}

function startByPs(pid: number): string | undefined {
  try {
    const start = execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return start.trim() || undefined;
  } catch {
    return undefined;
  }
}

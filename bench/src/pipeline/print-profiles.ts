/** Prints what the CPU profiles of a run say. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { summarise } from './profile-summary.ts';

const PROFILE_LINES = 12;

/** One table a service, from whatever profiles are there. */
export function printProfiles(dir: string, note: (line: string) => void): void {
  for (const file of readdirSync(dir, { recursive: true, encoding: 'utf8' }).sort()) {
    if (!file.endsWith('.cpuprofile')) continue;
    const profile: unknown = JSON.parse(readFileSync(join(dir, file), 'utf8'));
    const { busySeconds, modules, functions } = summarise(profile, PROFILE_LINES);
    note(`\n${file}: ${busySeconds.toFixed(1)} s busy`);
    for (const { name, share } of [...modules, ...functions]) {
      note(`${(share * 100).toFixed(1).padStart(6)} %  ${name}`);
    }
  }
}

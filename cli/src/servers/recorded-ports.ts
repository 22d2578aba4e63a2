import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort, isFree } from './free-port.ts';

/**
 * The ports of a server, kept beside its data, so that after a restart its clients find it again.
 *
 * Ports asked for in `fixed` are taken as they are. Else those of the last run, where they are free; else
 * free ones, which are written down.
 */
export async function recordedPorts<Name extends string>(
  dataDir: string,
  names: readonly Name[],
  fixed: Partial<Record<Name, number>> = {},
): Promise<Record<Name, number>> {
  const file = join(dataDir, 'ports.json');
  const last = readPorts(file);
  const chosen = {} as Record<Name, number>;
  for (const name of names) {
    const before = last[name];
    const usable = before !== undefined && (await isFree(before));
    chosen[name] = fixed[name] ?? (usable ? before : await freePort());
  }
  writeFileSync(file, `${JSON.stringify(chosen)}\n`);
  return chosen;
}

function readPorts(file: string): Partial<Record<string, number>> {
  try {
    const parsed = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
    return Object.fromEntries(
      Object.entries(parsed).filter((entry): entry is [string, number] =>
        Number.isInteger(entry[1]),
      ),
    );
  } catch {
    return {};
  }
}

/** Where the time of a CPU profile goes (`node --cpu-prof`), by module and by function. */
import { z } from 'zod';

const profileForm = z.object({
  nodes: z.array(
    z.object({
      id: z.int(),
      callFrame: z.object({ functionName: z.string(), url: z.string(), lineNumber: z.int() }),
    }),
  ),
  samples: z.array(z.int()),
  /** Microseconds before each sample. */
  timeDeltas: z.array(z.int()),
});

export interface Share {
  readonly name: string;
  /** Of the time in which the process was not idle, 0 to 1. */
  readonly share: number;
}

export interface ProfileSummary {
  /** Seconds in which the main thread was not idle. */
  readonly busySeconds: number;
  /** Time in own code of each module: a file of ours, a package, a part of Node; largest first. */
  readonly modules: readonly Share[];
  readonly functions: readonly Share[];
}

/** What V8 calls the time in which there was nothing to do. */
const IDLE = '(idle)';

/** Sums the time of samples by where they were taken. @throws ZodError for what is no profile. */
export function summarise(json: unknown, top: number): ProfileSummary {
  const { nodes, samples, timeDeltas } = profileForm.parse(json);
  const frames = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]));
  const modules = new Map<string, number>();
  const functions = new Map<string, number>();
  let busyUs = 0;
  for (const [at, id] of samples.entries()) {
    const frame = frames.get(id);
    if (frame === undefined || frame.functionName === IDLE) continue;
    const us = timeDeltas[at] ?? 0;
    busyUs += us;
    const module = moduleOf(frame);
    add(modules, module, us);
    add(functions, `${frame.functionName || '(anonymous)'} ${module}:${frame.lineNumber + 1}`, us);
  }
  return {
    busySeconds: busyUs / 1e6,
    modules: largest(modules, busyUs, top),
    functions: largest(functions, busyUs, top),
  };
}

/** A file of ours below its workspace, a package by its name, or a part of Node. */
function moduleOf({ functionName, url }: { functionName: string; url: string }): string {
  if (url === '') return functionName;
  const inPackage = /node_modules\/((?:@[^/]+\/)?[^/]+)(?!.*node_modules)/.exec(url);
  if (inPackage?.[1] !== undefined) return inPackage[1];
  return /([a-z]+\/src\/.+)$/.exec(url)?.[1] ?? url;
}

function add(sums: Map<string, number>, name: string, us: number): void {
  sums.set(name, (sums.get(name) ?? 0) + us);
}

function largest(sums: ReadonlyMap<string, number>, totalUs: number, top: number): Share[] {
  return [...sums]
    .map(([name, us]) => ({ name, share: us / totalUs }))
    .sort((a, b) => b.share - a.share)
    .slice(0, top);
}

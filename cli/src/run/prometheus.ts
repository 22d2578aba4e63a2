/**
 * An installed Prometheus that scrapes the parts of a run: the settings of
 * `deploy/prometheus/prometheus.yml`, with targets written for the processes of this run.
 */
import { accessSync, constants, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { CliError } from '../cli-error.ts';
import { environment } from '../environment.ts';
import { freePort } from '../servers/free-port.ts';
import { startServerProcess } from '../servers/server-process.ts';
import { isReadyAt } from './child-service.ts';
import type { Supervisor } from './supervisor.ts';
import type { ServicePart } from './system.ts';

const SETTINGS = join(
  import.meta.dirname,
  '..',
  '..',
  '..',
  'deploy',
  'prometheus',
  'prometheus.yml',
);
const READY_TIMEOUT_MS = 30_000;
const STOP_TIMEOUT_MS = 10_000;

export const PROMETHEUS_PART = 'prometheus';

export interface PrometheusOptions {
  readonly parts: readonly ServicePart[];
  readonly runId: string;
  /** Its data, settings and targets. */
  readonly dir: string;
  readonly registryDir: string;
}

/** The program on PATH. @throws CliError where there is none. */
export function requirePrometheus(): string {
  for (const dir of (environment()['PATH'] ?? '').split(delimiter)) {
    const path = join(dir, 'prometheus');
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      continue;
    }
  }
  throw new CliError(
    'Prometheus was not found on PATH: install it (Debian and Ubuntu: "apt-get install prometheus"), or leave out --prometheus.',
  );
}

/** Starts Prometheus as a part. @returns its page. */
export async function bringUpPrometheus(
  supervisor: Supervisor,
  options: PrometheusOptions,
): Promise<string> {
  const command = requirePrometheus();
  const port = await freePort();
  const settings = writeSettings(options, port);
  const url = `http://127.0.0.1:${port}`;
  await supervisor.run({
    name: PROMETHEUS_PART,
    start: () =>
      startServerProcess({
        name: PROMETHEUS_PART,
        command,
        args: [
          `--config.file=${settings}`,
          `--storage.tsdb.path=${join(options.dir, 'data')}`,
          '--storage.tsdb.retention.size=256MB',
          `--web.listen-address=127.0.0.1:${port}`,
        ],
        dataDir: options.dir,
        registryDir: options.registryDir,
        isReady: () => isReadyAt(`${url}/-/ready`),
        readyTimeoutMs: READY_TIMEOUT_MS,
        stopTimeoutMs: STOP_TIMEOUT_MS,
      }),
  });
  return url;
}

/** One file of targets per job, as file-based service discovery reads it, by file name. */
export function targetsOf(
  parts: readonly Pick<ServicePart, 'name' | 'service' | 'httpPort'>[],
  runId: string,
): ReadonlyMap<string, unknown> {
  const byService = Map.groupBy(parts, ({ service }) => service);
  return new Map(
    [...byService].map(([service, members]) => [
      `${service}.json`,
      members.map(({ name, httpPort }) => ({
        targets: [`127.0.0.1:${httpPort}`],
        labels: { run: runId, part: name },
      })),
    ]),
  );
}

function writeSettings({ parts, runId, dir }: PrometheusOptions, port: number): string {
  const targets = join(dir, 'targets');
  mkdirSync(targets, { recursive: true });
  for (const [file, content] of targetsOf(parts, runId)) {
    writeFileSync(join(targets, file), `${JSON.stringify(content, null, 2)}\n`);
  }
  const file = join(dir, 'prometheus.yml');
  writeFileSync(
    file,
    readFileSync(SETTINGS, 'utf8').replace('localhost:9090', `127.0.0.1:${port}`),
  );
  return file;
}

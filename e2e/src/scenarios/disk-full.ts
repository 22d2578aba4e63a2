/**
 * Kafka is away for a minute and the disk of the spool is full after a third of it (ADR 11): the spool
 * refuses, records wait in memory, at its bound the sockets are read no further, and the pretend Twitch
 * keeps what we do not read, as it does here without end. Nothing is dropped by us.
 *
 * Where file systems may be mounted, the disk is a real one that is full; elsewhere the spool's own bound
 * stands for it.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { saysNotReady, sometime } from '../harness/expectations.ts';
import { worldLoad, type ScenarioFile } from '../harness/scenario.ts';
import { queuesBounded } from './bounds.ts';
import { away, nothingLeft, OUTAGE_LOAD_SECONDS, outagesOf } from './outage.ts';

/** Some ten seconds of messages each. */
const DISK_MIB = 12;
const QUEUE_BYTES_MAX = 8 * 1024 * 1024;
const MIB = 1024 * 1024;

function spoolDir(runDir: string): string {
  return join(runDir, 'small-disk');
}

/** Whether it could be mounted. */
function mountSmallDisk(runDir: string): boolean {
  const dir = spoolDir(runDir);
  mkdirSync(dir, { recursive: true });
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${DISK_MIB}m`, 'tmpfs', dir], {
      stdio: 'ignore',
    });
    return true;
  } catch {
    return false;
  }
}

let isMounted = false;

export const scenario: ScenarioFile = {
  about: 'Kafka is away, and the disk of the spool is full.',
  load: worldLoad({ seconds: OUTAGE_LOAD_SECONDS }),
  prepare: (runDir) => {
    isMounted = mountSmallDisk(runDir);
    return Promise.resolve();
  },
  clear: (runDir) => {
    if (isMounted) execFileSync('umount', [spoolDir(runDir)]);
    return Promise.resolve();
  },
  variables: ({ service, runDir }) => {
    if (service !== 'collector') return {};
    return {
      CREST_SPOOL_DIR: join(spoolDir(runDir), 'spool'),
      CREST_SPOOL_SEGMENT_BYTES: String(MIB),
      CREST_QUEUE_BYTES_MAX: String(QUEUE_BYTES_MAX),
      ...(isMounted ? {} : { CREST_SPOOL_BYTES_MAX: String(DISK_MIB * MIB) }),
    };
  },
  plan: (load) => {
    const { short, long } = outagesOf(load);
    const kafka = { part: 'kafka', name: 'Kafka' };
    const full = { from: long.to - 10, to: long.to - 1 };
    const metric = (name: string) => `crest_collector_${name}`;
    return {
      acts: [...away({ ...kafka, span: short }), ...away({ ...kafka, span: long })],
      expects: [
        ...nothingLeft(load, 60),
        ...queuesBounded(QUEUE_BYTES_MAX),
        sometime('the spool refuses', full, ({ processes }) => {
          return (processes['collector']?.metrics[metric('spool_refused_total')] ?? 0) > 0;
        }),
        sometime('reading stopped', full, ({ processes }) => {
          return (processes['collector']?.metrics[metric('queue_full_total')] ?? 0) > 0;
        }),
        saysNotReady('collector', full, /spool takes no more|Kafka does not take records/),
      ],
    };
  },
};

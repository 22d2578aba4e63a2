/**
 * One life of a process with a spool: appends numbered records and drains some, until it dies in a file
 * operation. Each line that it prints is a fact when it is there; the parent is its Kafka:
 *
 *     acked FROM TO    these numbers are acknowledged
 *     sent N,N,...     Kafka has these numbers
 *     torn | corrupt N | trouble
 *
 * Arguments: directory, first number, seed, operation to die in (-1: drains everything and ends).
 */
import { writeSync } from 'node:fs';
import type { OutgoingRecord } from '@crest/shared/kafka/port';
import { seededRandom } from '@crest/shared/testing/seeded-random';
import { openSpoolDirectory } from '../../../collector/src/spool/node-spool-files.ts';
import { Spool } from '../../../collector/src/spool/spool.ts';
import { mortalFiles } from './mortal-files.ts';
import { PARTITIONS, SEGMENT_BYTES, valueOf } from './numbered-records.ts';

const [dir = '', first = '0', seed = '1', dieAt = '-1'] = process.argv.slice(2);
const random = seededRandom(Number(seed));
const files = await openSpoolDirectory(dir);

const spool = await Spool.open({
  files: dieAt === '-1' ? files : mortalFiles(files, Number(dieAt), random),
  settings: { bytesMax: 64 * 1024 * 1024, segmentBytes: SEGMENT_BYTES, ageMaxMs: 86_400_000 },
  nowMs: Date.now,
  listener: {
    onAppended: () => undefined,
    onDrained: () => undefined,
    onDropped: (records) => say(`dropped ${records}`),
    onCorrupt: (records) => say(`corrupt ${records}`),
    onTorn: () => say('torn'),
    onTrouble: () => say('trouble'),
  },
});

if (dieAt === '-1') {
  while (await drainOne()) continue;
  await spool.close();
} else {
  let next = Number(first);
  for (;;) {
    if (random() < 0.65) next = await append(next, 1 + Math.floor(random() * 20));
    else await drainOne();
  }
}

async function append(from: number, count: number): Promise<number> {
  const to = from + count;
  const records: OutgoingRecord[] = [];
  for (let number = from; number < to; number += 1) {
    const partition = number % PARTITIONS;
    const timestampMs = Date.now();
    records.push({ topic: 'e2e', partition, key: null, value: valueOf(number), timestampMs });
  }
  const outcome = await spool.append(records);
  if (outcome.ok) say(`acked ${from} ${to}`);
  return to;
}

async function drainOne(): Promise<boolean> {
  const batch = await spool.next(40);
  if (batch === null) return false;
  const numbers = batch.records.map(({ value }) => Number.parseInt(String(value), 10));
  if (numbers.length > 0) say(`sent ${numbers.join(',')}`);
  await spool.acknowledge(batch);
  return true;
}

/** At once, so that a line that is there was said before the death. */
function say(fact: string): void {
  writeSync(1, `${fact}\n`);
}

/** From what was saved of a partition to the state with which it goes on. */
import type { Saved } from '@crest/shared/snapshots/snapshot-store';
import { PartitionFold, type FoldSnapshot } from '../core/partition-fold.ts';
import type { LoadedPartition } from './partition.ts';

export interface RestoredFold extends Pick<LoadedPartition, 'fold' | 'nextOffsets' | 'toldBefore'> {
  readonly from: 'nothing' | 'snapshot' | 'log';
  /** Why the snapshot was not used, where there is one that was not. */
  readonly reason: string | null;
}

const NO_OFFSETS: ReadonlyMap<string, number> = new Map();
/** Where a topic begins of which nothing was saved: the client takes the oldest record there is. */
const BEGINNING = 0;

/**
 * A whole snapshot is taken as it is. For one that cannot be read all that the log still holds is
 * folded again: the same records give the same episodes, and those found before the snapshot's
 * offsets were in the outbox when it was saved, so they are told to nobody now.
 *
 * `nextOffsets` names every topic: this process may have held the partition before and read on from
 * a state that was never saved, and its consumer would go on from there.
 */
export function restoreFold(saved: Saved, topics: readonly string[]): RestoredFold {
  const beginnings = topics.map((topic): [string, number] => [topic, BEGINNING]);
  if (saved.kind === 'none') {
    const fold = new PartitionFold();
    const nextOffsets = new Map(beginnings);
    return { fold, nextOffsets, toldBefore: NO_OFFSETS, from: 'nothing', reason: null };
  }
  const read = saved.kind === 'whole' ? readFold(saved.body) : saved.reason;
  if (typeof read !== 'string') {
    const nextOffsets = new Map([...beginnings, ...saved.nextOffsets]);
    return { fold: read, nextOffsets, toldBefore: NO_OFFSETS, from: 'snapshot', reason: null };
  }
  return {
    fold: new PartitionFold(),
    nextOffsets: new Map(beginnings),
    toldBefore: saved.nextOffsets,
    from: 'log',
    reason: read,
  };
}

/** The fold in a snapshot's body; the reason where there is none. */
function readFold(body: Uint8Array): PartitionFold | string {
  try {
    const snapshot = JSON.parse(Buffer.from(body).toString('utf8')) as FoldSnapshot;
    const version: number = snapshot.version;
    if (version !== 2) return `its version ${version} is unknown`;
    return PartitionFold.fromSnapshot(snapshot);
  } catch (error) {
    return `its body is no state of an alerter: ${(error as Error).message}`;
  }
}

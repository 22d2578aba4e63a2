/** The documents of `messages` of one room against the lines of the ledger. */
import { denies, excuses, type GapSpan } from '@crest/simulator/recount/gap-span';
import type { RoomBook } from '@crest/simulator/recount/room-book';
import type { OnDifference } from './differences.ts';
import type { StoredMessage } from './run-sources.ts';

export interface MessageComparison {
  readonly room: RoomBook;
  /** Gaps of this room. */
  readonly gaps: readonly GapSpan[];
  readonly stored: AsyncIterable<StoredMessage> | Iterable<StoredMessage>;
  /** Told of the first document of every line that was sent. */
  readonly onStored: (index: number, message: StoredMessage) => void;
}

export interface MessageVerdict {
  readonly sent: number;
  readonly stored: number;
  readonly lost: number;
  readonly inGaps: number;
  /** Documents beyond the first of their message. */
  readonly doubled: number;
  readonly unknown: number;
  /** Stored, although they lie inside a gap. */
  readonly storedInGaps: number;
  readonly documents: number;
  /** 1 for each line that is stored, by index. */
  readonly isStored: Uint8Array;
  /** 1 for each line that a gap excuses, by index. */
  readonly isExcused: Uint8Array;
}

/** Compares. Sent = stored + lost + in gaps, by the way it is counted. */
export async function compareMessages(
  comparison: MessageComparison,
  onDifference: OnDifference,
): Promise<MessageVerdict> {
  const { room, gaps } = comparison;
  const documents = await countDocuments(comparison, onDifference);
  const { isStored } = documents;
  const isExcused = new Uint8Array(room.lines);
  const tally = { stored: 0, lost: 0, inGaps: 0, storedInGaps: 0 };
  let index = 0;
  for (const messageId of room.ids()) {
    const atMs = room.atMs.at(index);
    const trueAtMs = room.trueAtMs.get(index) ?? atMs;
    const fate = fateOf({ gaps, atMs, trueAtMs, isStored: isStored[index] === 1 });
    tally[fate] += 1;
    if (fate === 'storedInGaps') tally.stored += 1;
    if (fate === 'inGaps') isExcused[index] = 1;
    if (fate === 'lost' || fate === 'storedInGaps') {
      const kind = fate === 'lost' ? 'lost' : 'storedInGap';
      onDifference(kind, { roomId: room.roomId, messageId, atMs, wallMs: room.wallMs.at(index) });
    }
    index += 1;
  }
  return { sent: room.lines, ...tally, ...documents, isExcused };
}

function fateOf(line: {
  gaps: readonly GapSpan[];
  atMs: number;
  trueAtMs: number;
  isStored: boolean;
}): 'stored' | 'storedInGaps' | 'inGaps' | 'lost' {
  const { gaps, atMs, trueAtMs } = line;
  if (line.isStored) {
    return gaps.some((gap) => denies(gap, trueAtMs)) ? 'storedInGaps' : 'stored';
  }
  // A bent stamp may lie anywhere: what counts is when the line went out, or says that it did.
  const isExcused = gaps.some((gap) => excuses(gap, trueAtMs) || excuses(gap, atMs));
  return isExcused ? 'inGaps' : 'lost';
}

async function countDocuments(
  { room, stored, onStored }: MessageComparison,
  onDifference: OnDifference,
): Promise<Pick<MessageVerdict, 'isStored' | 'doubled' | 'unknown' | 'documents'>> {
  const { roomId } = room;
  const isStored = new Uint8Array(room.lines);
  const tally = { doubled: 0, unknown: 0, documents: 0 };
  for await (const message of stored) {
    const { documentId, messageId } = message;
    tally.documents += 1;
    const index = room.indexOf(messageId);
    if (index === undefined) {
      tally.unknown += 1;
      onDifference('unknown', { roomId, documentId });
    } else if (isStored[index] === 1) {
      tally.doubled += 1;
      onDifference('doubled', { roomId, messageId, documentId });
    } else {
      isStored[index] = 1;
      onStored(index, message);
    }
  }
  return { isStored, ...tally };
}

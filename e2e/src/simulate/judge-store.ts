/** The database in the end, against that of a run in which nothing ever happened to anybody. */
import { isDeepStrictEqual } from 'node:util';
import type { Doc } from './documents.ts';
import type { ReaderView } from './judge-windows.ts';
import type { LogFacts, LoggedLine } from './log-facts.ts';
import type { SimStore } from './sim-store.ts';

/** Collections that are a function of the log, every field of every document. */
const DERIVED = ['windows10s', 'windows1m', 'windows1h', 'spikes', 'gaps', 'counters'] as const;
/** Of a line or a removal this depends on when it was written. */
const PASSING = ['expireAt'] as const;

/** Everything that differs from the calm run. */
export function judgeStore(store: SimStore, calm: SimStore): string[] {
  return DERIVED.flatMap((name) => differences(name, store.of(name), calm.of(name)));
}

/** Everything that a reader would see otherwise than in the calm run. */
export function judgeView(view: ReaderView, calm: ReaderView): string[] {
  const found = differences('channel.windows', view.windows, calm.windows);
  if (!isDeepStrictEqual(view.watermarksMs, calm.watermarksMs)) found.push('watermarks differ');
  return found;
}

function differences(
  name: string,
  found: ReadonlyMap<unknown, object>,
  expected: ReadonlyMap<unknown, object>,
): string[] {
  const wrong: string[] = [];
  for (const [id, document] of expected) {
    const other = found.get(id);
    if (other === undefined) wrong.push(`${name} ${String(id)} is missing`);
    else if (!isEqual(other, document)) {
      wrong.push(`${name} ${String(id)}: ${JSON.stringify(other)} not ${JSON.stringify(document)}`);
    }
  }
  for (const id of found.keys()) {
    if (!expected.has(id)) wrong.push(`${name} ${String(id)} should not be there`);
  }
  return wrong;
}

// The text decides quickly for the many that are the same; the order of fields is no difference.
function isEqual(a: object, b: object): boolean {
  return JSON.stringify(a) === JSON.stringify(b) || isDeepStrictEqual(a, b);
}

/** Stored messages against the lines of the log: each once, as it stands there first. */
export function judgeMessages(store: SimStore, calm: SimStore, facts: LogFacts): string[] {
  const stored = linesOf(store);
  const plain = (lines: readonly Doc[]): Map<unknown, object> =>
    new Map(lines.map((line) => [line._id, without(line, PASSING)]));
  const wrong = differences('messages', plain(stored), plain(linesOf(calm)));
  const byLine = Map.groupBy(stored, lineKey);
  for (const room of facts.rooms.values()) {
    for (const line of room.lines) {
      const documents = byLine.get(`${line.roomId} ${line.id}`) ?? [];
      byLine.delete(`${line.roomId} ${line.id}`);
      if (documents.length !== 1) wrong.push(`line ${line.id} is stored ${documents.length} times`);
      wrong.push(...documents.flatMap((document) => judgeMessage(document, line)));
    }
  }
  for (const key of byLine.keys()) wrong.push(`${key} is stored and was never said`);
  return wrong;
}

/** Every stored line with what its bucket says of it, under the key of the bucket and its id. */
function linesOf(store: SimStore): Doc[] {
  return [...store.of('messageBuckets').values()].flatMap(({ _id, messages, ...bucket }) =>
    (messages as { id: string }[]).map((line): Doc => ({
      ...bucket,
      ...line,
      _id: `${String(_id)}/${line.id}`,
    })),
  );
}

function lineKey(document: Doc): string {
  return `${String(document['channelId'])} ${String(document['id'])}`;
}

function judgeMessage({ offset }: Doc, line: LoggedLine): string[] {
  return offset === line.offset ? [] : [`line ${line.id} is stored with offset ${String(offset)}`];
}

/** Every removal that the log tells of is stored once, and no other. */
export function judgeDeletions(store: SimStore, facts: LogFacts): string[] {
  const stored = [...store.of('deletions').values()].map(deletionKey);
  const told = new Set(
    [...facts.rooms.values()].flatMap(({ deletions }) =>
      deletions.map(({ roomId, atMs, userId }) =>
        deletionKey({ channelId: roomId, atMs, targetUserId: userId }),
      ),
    ),
  );
  const wrong = stored
    .filter((key, index) => !told.has(key) || stored.indexOf(key) !== index)
    .map((key) => `removal ${key} is stored and was never told of, or twice`);
  for (const key of told) if (!stored.includes(key)) wrong.push(`removal ${key} is not stored`);
  return wrong;
}

function deletionKey(document: Readonly<Record<string, unknown>>): string {
  const { channelId, atMs, targetUserId } = document;
  return [channelId, atMs, targetUserId].map(String).join(' ');
}

function without(document: Doc, fields: readonly string[]): object {
  return Object.fromEntries(Object.entries(document).filter(([name]) => !fields.includes(name)));
}

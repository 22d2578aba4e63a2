/**
 * The state of a partition in parts, and back: small enough for one document each, and such that
 * what did not change since the last time (minutes of ids) need not be written again.
 *
 * The state is plain data, so the structured-clone format of V8 holds it as it is.
 */
import { deserialize, serialize } from 'node:v8';
import { CrestError } from '@crest/shared/errors';
import { STATE_VERSION, type ChannelState, type PartitionState } from './partition-state.ts';
import type { IdTable } from './seen-ids.ts';

export interface StatePart {
  /** Unique within the state. */
  readonly name: string;
  /** Changes whenever the bytes do; null for a part that is always written. */
  readonly mark: string | null;
  /** Null when the mark is the one that is known already. */
  readonly bytes: Uint8Array | null;
}

const CHANNELS_PER_PART = 250;
const HEAD = 'head';
const CHANNELS = 'channels-';
const MINUTE = 'minute-';

type Head = Omit<PartitionState, 'channels' | 'seen'> & { version: number; firstMinute: number };

/** Cuts the state into parts. `known` holds the marks of parts that are saved already. */
export function partsOf(state: PartitionState, known: ReadonlyMap<string, string>): StatePart[] {
  const { channels, seen, ...rest } = state;
  const head: Head = { ...rest, version: STATE_VERSION, firstMinute: seen.firstMinute };
  const parts: StatePart[] = [{ name: HEAD, mark: null, bytes: serialize(head) }];
  const all = [...channels.values()];
  for (let i = 0; i < all.length; i += CHANNELS_PER_PART) {
    const bytes = serialize(all.slice(i, i + CHANNELS_PER_PART));
    parts.push({ name: `${CHANNELS}${i / CHANNELS_PER_PART}`, mark: null, bytes });
  }
  for (const [minute, table] of seen.minutes) {
    const name = `${MINUTE}${minute}`;
    const mark = String(table.count);
    parts.push({ name, mark, bytes: known.get(name) === mark ? null : serialize(table) });
  }
  return parts;
}

/** Puts the parts together. @throws CrestError SNAPSHOT_UNREADABLE. */
export function stateOf(parts: ReadonlyMap<string, Uint8Array>): PartitionState {
  const head = read(parts, HEAD) as Head;
  if (head.version !== STATE_VERSION) {
    throw new CrestError('SNAPSHOT_UNREADABLE', `state of version ${String(head.version)}`);
  }
  const { version: _, firstMinute, ...rest } = head;
  const channels = new Map<string, ChannelState>();
  const minutes = new Map<number, IdTable>();
  for (const name of parts.keys()) {
    if (name.startsWith(CHANNELS)) {
      for (const channel of read(parts, name) as ChannelState[]) channels.set(channel.id, channel);
    } else if (name.startsWith(MINUTE)) {
      minutes.set(Number(name.slice(MINUTE.length)), read(parts, name) as IdTable);
    }
  }
  return { ...rest, channels, seen: { minutes, firstMinute } };
}

function read(parts: ReadonlyMap<string, Uint8Array>, name: string): unknown {
  const bytes = parts.get(name);
  if (bytes === undefined) throw new CrestError('SNAPSHOT_UNREADABLE', `part ${name} is missing`);
  try {
    return deserialize(bytes);
  } catch (cause) {
    throw new CrestError('SNAPSHOT_UNREADABLE', `part ${name} is damaged`, { cause });
  }
}

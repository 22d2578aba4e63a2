/**
 * Windows as the store keeps them. One-second windows live as arrays of ten in their ten-second
 * document, which makes ten times fewer writes.
 */
import {
  WINDOW_COUNTS,
  type Window,
  type WindowCountName,
} from '@crest/shared/records/windows-updated';
import type { StoredTen } from '../core/fold-effects.ts';
import type { Guarded } from './guarded-upserts.ts';

export interface ChannelFacts {
  readonly channelId: string;
  readonly channelLogin: string;
  readonly revision: number;
}

/** Every window but those of one second. */
export interface WindowDocument extends Guarded, Omit<Window, 'spanSeconds'> {
  readonly channelId: string;
  readonly channelLogin: string;
}

export interface TenDocument extends WindowDocument {
  /** Ten numbers each; all zero for a second that does not exist as a window. */
  readonly seconds: Readonly<Record<WindowCountName | 'observedShare', number[]>> & {
    readonly counters: Readonly<Record<string, number[]>>;
  };
}

/** A minute or an hour; the head of ten seconds. */
export function windowDocument(channel: ChannelFacts, window: Window): WindowDocument {
  const { spanSeconds: _, ...facts } = window;
  return {
    _id: `${channel.channelId}:${window.startMs}`,
    channelId: channel.channelId,
    channelLogin: channel.channelLogin,
    revision: channel.revision,
    ...facts,
  };
}

/** Ten seconds with each of them. */
export function tenDocument(channel: ChannelFacts, ten: StoredTen): TenDocument {
  const columns = WINDOW_COUNTS.map((name) => [
    name,
    ten.seconds.map((second) => second?.[name] ?? 0),
  ]);
  return {
    ...windowDocument(channel, ten.window),
    seconds: {
      ...(Object.fromEntries(columns) as Record<WindowCountName, number[]>),
      observedShare: [...ten.secondShares],
      counters: counterColumns(ten),
    },
  };
}

function counterColumns({ window, seconds }: StoredTen): Record<string, number[]> {
  const columns = Object.keys(window.counters).map((counterId) => [
    counterId,
    seconds.map((second) => second?.counters[counterId] ?? 0),
  ]);
  return Object.fromEntries(columns) as Record<string, number[]>;
}

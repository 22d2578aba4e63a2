/**
 * When nobody read a room, from the log, the plain way: joins, ticks and ends of every generation,
 * lines of chat apart.
 */
import type { ChannelEvent } from '@crest/shared/records/channel-event';
import type { Logged } from './running-collector.ts';

interface Episode {
  readonly generation: number;
  readonly fromMs: number;
  toMs: number;
  isOver: boolean;
}

/** Spans after the first join in which no generation vouches; the newest is taken to read on. */
export function unreadSpans(events: readonly Logged[], channelId: string): [number, number][] {
  const episodes = episodesOf(events, channelId);
  const newest = Math.max(...episodes.map(({ generation }) => generation));
  const spans = episodes
    .map(({ generation, fromMs, toMs, isOver }): [number, number] => [
      fromMs,
      generation === newest && !isOver ? Infinity : toMs,
    ])
    .sort(([a], [b]) => a - b);
  const unread: [number, number][] = [];
  let readToMs = spans[0]?.[0] ?? 0;
  for (const [fromMs, toMs] of spans) {
    if (fromMs > readToMs) unread.push([readToMs, fromMs]);
    readToMs = Math.max(readToMs, toMs);
  }
  if (readToMs < Infinity) unread.push([readToMs, Infinity]);
  return unread;
}

function episodesOf(events: readonly Logged[], channelId: string): Episode[] {
  const home = events.find(({ event }) => 'channelId' in event && event.channelId === channelId);
  const episodes: Episode[] = [];
  for (const { partition, event } of events) {
    if (partition !== home?.partition) continue;
    if ('channelId' in event && event.channelId !== channelId) continue;
    take(episodes, event);
  }
  return episodes;
}

function take(episodes: Episode[], event: ChannelEvent): void {
  if (event.type === 'room.observed') {
    const { generation, atMs } = event;
    episodes.push({ generation, fromMs: atMs, toMs: atMs, isOver: false });
  }
  if (event.type !== 'tick' && event.type !== 'room.unobserved') return;
  const { generation } = event;
  const episode = episodes.findLast((each) => each.generation === generation && !each.isOver);
  if (episode === undefined) return;
  if (event.type === 'tick') episode.toMs = Math.max(episode.toMs, event.atMs);
  else [episode.toMs, episode.isOver] = [event.sinceMs, true];
}

/**
 * The fold over one partition of `channel.events`: a pure function of the log.
 *
 * `step` takes the records one after the other and writes what follows from them into the effects;
 * how the log is cut into batches changes nothing, nor does a state that was saved and loaded in
 * between. The revision of everything is the offset of the record that led to it.
 */
import type { ChannelEvent } from '@crest/shared/records/channel-event';
import type { ChatMessage } from '@crest/shared/records/chat-message';
import type { ChatNotice } from '@crest/shared/records/chat-notice';
import type { CounterWanted } from '@crest/shared/records/counter-wanted';
import type { RecordsLost } from '@crest/shared/records/records-lost';
import type { RoomObserved, RoomUnobserved } from '@crest/shared/records/room-observed';
import type { Tick } from '@crest/shared/records/tick';
import type { Window, WindowsUpdated } from '@crest/shared/records/windows-updated';
import type { ChannelScope } from './channel-scope.ts';
import { ClosingCalendar } from './closing-calendar.ts';
import { applyCounterWanted } from './counters.ts';
import { needsEverySecond } from './detector.ts';
import { isForgettable } from './forgettable-channel.ts';
import type { FoldEffects } from './fold-effects.ts';
import { applyGapChanges } from './gap-changes.ts';
import { isToldUnread, isWaitingToTell, retell, type GapView } from './gap-list.ts';
import { addToBucket, cutAll, cutChannel, isNewBlock } from './line-buckets.ts';
import {
  endByReader,
  isVouchedByTick,
  loseRecords,
  noteTick,
  settleTick,
  vouchByJoin,
  vouchByLine,
} from './observation.ts';
import {
  addToLarger,
  addToTen,
  closeWindows,
  finalWindowsOf,
  makeUncertain,
  startOf,
  windowOfSecond,
} from './open-windows.ts';
import {
  createChannel,
  type ChannelState,
  type FoldSettings,
  type PartitionState,
} from './partition-state.ts';
import { recountsAround, recountOfLarge } from './recount-plan.ts';
import { forgetIdsBefore, noteId } from './seen-ids.ts';
import { stepDetector } from './spike-facts.ts';
import { storedMessageOf, type StoredMessage } from './stored-message.ts';
import { counts } from './tally.ts';

export class PartitionFold {
  readonly state: PartitionState;
  readonly #settings: FoldSettings;
  readonly #calendar = new ClosingCalendar();
  /** Channels whose detector must see every second. */
  readonly #hot = new Set<ChannelState>();
  /** Channels in which a gap begins that is not told yet. */
  readonly #doubtful = new Set<ChannelState>();
  /** Open seconds that changed since they were last told, by channel. */
  readonly #changed = new Map<ChannelState, Set<number>>();
  /** Ids are remembered longer than windows stay open, whatever the settings say. */
  readonly #horizonMs: number;

  constructor(state: PartitionState, settings: FoldSettings) {
    this.state = state;
    this.#settings = settings;
    this.#horizonMs = Math.max(settings.dedupeHorizonMs, 2 * settings.latenessMs);
    for (const channel of state.channels.values()) {
      this.#calendar.addOpen(channel);
      if (needsEverySecond(channel.detector)) this.#hot.add(channel);
      if (isWaitingToTell(channel.observation, this.#gapView)) this.#doubtful.add(channel);
    }
  }

  /** Event time below which everything is final; null before any stamp. */
  get watermarkMs(): number | null {
    const { timeMs } = this.state;
    return timeMs === null ? null : timeMs - this.#settings.latenessMs;
  }

  /** Folds the record at `offset`, which must be the next one or later. */
  step(record: ChannelEvent, offset: number, effects: FoldEffects): void {
    if (isNewBlock(this.state.nextOffset, offset)) this.#cut(effects);
    this.skip(offset);
    const { recounts, unsure } = effects;
    const [r, u] = [recounts.length, unsure.length];
    this.#apply(record, offset, effects);
    if (recounts.length === r && unsure.length === u) return;
    // Whoever looks at stored lines must find those that came before.
    for (const { channelId } of [...recounts.slice(r), ...unsure.slice(u)]) {
      effects.buckets.push(...cutChannel(this.state.open, channelId));
    }
  }

  /** Passes a record over that is none, or that could not be read. */
  skip(offset: number): void {
    if (offset < this.state.nextOffset) {
      throw new RangeError(`offset ${offset} was folded, next is ${this.state.nextOffset}`);
    }
    this.state.nextOffset = offset + 1;
  }

  /** Channels with open seconds that changed since `takeChanges` was last called for them. */
  changedChannels(): IterableIterator<ChannelState> {
    return this.#changed.keys();
  }

  /** The open seconds of a channel that changed, as they are now; null for none. */
  takeChanges(channel: ChannelState): WindowsUpdated | null {
    const seconds = this.#changed.get(channel);
    this.#changed.delete(channel);
    const windows: Window[] = [];
    for (const second of seconds ?? []) {
      const window = windowOfSecond(channel, second, false);
      if (window !== null) windows.push(window);
    }
    return windows.length === 0 ? null : this.#updateOf(channel, windows);
  }

  #apply(record: ChannelEvent, offset: number, effects: FoldEffects): void {
    switch (record.type) {
      case 'chat.message':
      case 'chat.notice':
        return this.#line(record, offset, effects);
      case 'tick':
        return this.#tick(record, effects);
      case 'room.observed':
      case 'room.unobserved':
        return this.#observation(record, effects);
      case 'records.lost':
        return this.#loss(record, effects);
      case 'chat.deletion':
        effects.deletions.push({ ...record, revision: offset });
        return this.#advance(record.atMs, effects);
      case 'counter.wanted':
        return this.#counter(record, effects);
      case 'heartbeat':
        effects.heartbeats.push(record);
        return;
      default:
        // Settings of a room and what Twitch says about it count nowhere.
        return;
    }
  }

  // -- lines of chat -----------------------------------------------------------------------------

  #line(record: ChatMessage | ChatNotice, offset: number, effects: FoldEffects): void {
    const sighting = noteId(this.state.seen, record);
    if (sighting === 'repeated') {
      effects.repeated += 1;
      return;
    }
    const line = storedMessageOf(record, offset);
    const channel = this.#channel(record.channelId, record.channelLogin);
    this.#store(channel, line, { isKnown: sighting === 'new', effects });
    if (record.clampedFromMs === null) {
      const vouched = vouchByLine(channel.observation, record, this.state.ticks);
      if (isToldUnread(channel.observation, vouched)) this.#tellGaps(channel, effects);
    }
    if (counts(line)) this.#count(channel, line, { isKnown: sighting === 'new', effects });
    this.#advance(record.atMs, effects);
  }

  #store(
    { id: channelId, login: channelLogin }: ChannelState,
    line: StoredMessage,
    { isKnown, effects }: { isKnown: boolean; effects: FoldEffects },
  ): void {
    const { partition, open } = this.state;
    if (!isKnown) {
      effects.unsure.push({ channelId, channelLogin, partition, line });
      return;
    }
    const full = addToBucket(open, { channelId, channelLogin, partition }, line);
    if (full !== null) effects.buckets.push(full);
  }

  #cut(effects: FoldEffects): void {
    effects.buckets.push(...cutAll(this.state.open));
  }

  #count(
    channel: ChannelState,
    line: StoredMessage,
    { isKnown, effects }: { isKnown: boolean; effects: FoldEffects },
  ): void {
    const { closedBefore } = this.state;
    const second = Math.floor(line.atMs / 1000);
    const context = this.#openContext(channel);
    if (startOf(second, 10) + 10 > closedBefore) {
      addToTen(channel, line, context);
      if (second >= closedBefore) return this.#noteChange(channel, second);
      effects.late += 1;
      const window = windowOfSecond(channel, second, true);
      if (window !== null) effects.outgoing.push(this.#updateOf(channel, [window]));
      return;
    }
    effects.late += 1;
    if (isKnown) addToLarger(channel, line, context);
    else makeUncertain(channel, second, context);
    recountsAround(this.#scope(channel, effects), { fromMs: line.atMs, toMs: line.atMs + 1 });
  }

  #noteChange(channel: ChannelState, second: number): void {
    const seconds = this.#changed.get(channel);
    if (seconds === undefined) this.#changed.set(channel, new Set([second]));
    else seconds.add(second);
  }

  // -- time --------------------------------------------------------------------------------------

  #tick(record: Tick, effects: FoldEffects): void {
    this.#vouchByTick(record, effects);
    this.#advance(record.atMs, effects);
    effects.outgoing.push({
      type: 'watermark.moved',
      version: 1,
      partition: this.state.partition,
      revision: this.state.nextOffset - 1,
      watermarkMs: this.watermarkMs ?? 0,
    });
    this.#cut(effects);
  }

  #advance(atMs: number, effects: FoldEffects): void {
    const { state } = this;
    if (state.timeMs !== null && atMs <= state.timeMs) return;
    state.timeMs = atMs;
    const closedBefore = Math.floor((atMs - this.#settings.latenessMs) / 1000);
    if (closedBefore <= state.closedBefore) return;
    const wasClosedBefore = state.closedBefore;
    state.closedBefore = closedBefore;
    forgetIdsBefore(state.seen, atMs - this.#horizonMs, atMs);
    // Before they close: a gap that begins in what closes now lowers its share.
    for (const channel of this.#doubtful) this.#tellGaps(channel, effects, wasClosedBefore);
    const channels = this.#calendar.takeEnded(closedBefore);
    for (const channel of this.#hot) channels.add(channel);
    for (const channel of channels) this.#close(channel, wasClosedBefore, effects);
    if (startOf(closedBefore, 3600) > startOf(wasClosedBefore, 3600)) this.#forgetChannels();
  }

  /** Once an hour: rooms come and go, and their number is not bounded. */
  #forgetChannels(): void {
    const { channels, closedBefore } = this.state;
    for (const channel of channels.values()) {
      if (!isForgettable(channel, closedBefore * 1000)) continue;
      channels.delete(channel.id);
      this.#hot.delete(channel);
      this.#doubtful.delete(channel);
      this.#changed.delete(channel);
    }
  }

  #close(channel: ChannelState, wasClosedBefore: number, effects: FoldEffects): void {
    const { closedBefore } = this.state;
    const closed = closeWindows(channel, { closedBefore, wasClosedBefore }, (endSecond) => {
      if (endSecond > closedBefore) this.#calendar.add(endSecond, channel);
    });
    const revision = this.state.nextOffset - 1;
    if (closed.windows.length > 0) effects.outgoing.push(this.#updateOf(channel, closed.windows));
    const finals = finalWindowsOf(channel, closed, revision);
    if (finals !== null) effects.finals.push(finals);
    const scope = this.#scope(channel, effects);
    for (const window of closed.uncertain) recountOfLarge(scope, window);
    this.#forgetChanges(channel);
    stepDetector(scope, closed.windows, this.#settings.detector);
    if (needsEverySecond(channel.detector)) this.#hot.add(channel);
    else this.#hot.delete(channel);
  }

  #forgetChanges(channel: ChannelState): void {
    const seconds = this.#changed.get(channel);
    if (seconds === undefined) return;
    for (const second of seconds) if (second < this.state.closedBefore) seconds.delete(second);
    if (seconds.size === 0) this.#changed.delete(channel);
  }

  // -- observation -------------------------------------------------------------------------------

  #observation(record: RoomObserved | RoomUnobserved, effects: FoldEffects): void {
    const channel = this.#channel(record.channelId, record.channelLogin);
    const { ticks } = this.state;
    const { firstMs } = channel.observation;
    if (record.type === 'room.observed') vouchByJoin(channel.observation, record, ticks);
    else endByReader(channel.observation, record, ticks);
    this.#tellGaps(channel, effects);
    const { firstMs: fromMs } = channel.observation;
    if (firstMs === null || fromMs === null || fromMs >= firstMs) return;
    // A join from before the first one that was known, out of a spool: less is unobserved.
    const changed = [{ fromMs, toMs: firstMs, isObserved: true }];
    applyGapChanges(this.#scope(channel, effects), { told: [], changed, isWaiting: false });
  }

  #vouchByTick(tick: Tick, effects: FoldEffects): void {
    const { ticks, channels } = this.state;
    const known = ticks.length;
    const forgotten = noteTick(ticks, tick);
    const isNewHolder = ticks.length > known || forgotten !== null;
    for (const channel of channels.values()) {
      const { observation } = channel;
      if (forgotten !== null) settleTick(observation, forgotten);
      const isNews = isNewHolder || isVouchedByTick(observation, tick, ticks);
      if (isNews) this.#tellGaps(channel, effects);
    }
  }

  #loss(record: RecordsLost, effects: FoldEffects): void {
    for (const channel of this.state.channels.values()) {
      const isConcerned = loseRecords(channel.observation, record, this.state.ticks);
      if (isConcerned) this.#tellGaps(channel, effects);
    }
  }

  /** `correctedBefore`: seconds from there on are still to be closed, by whoever calls. */
  #tellGaps(
    channel: ChannelState,
    effects: FoldEffects,
    correctedBefore = this.state.closedBefore,
  ): void {
    const changes = retell(channel.observation, this.#gapView);
    if (changes.isWaiting) this.#doubtful.add(channel);
    else this.#doubtful.delete(channel);
    const scope = { ...this.#scope(channel, effects), closedBefore: correctedBefore };
    applyGapChanges(scope, changes);
  }

  get #gapView(): GapView {
    return { ticks: this.state.ticks, toldBeforeMs: this.state.closedBefore * 1000 };
  }

  // -- the rest ----------------------------------------------------------------------------------

  #counter(record: CounterWanted, effects: FoldEffects): void {
    const span = applyCounterWanted(this.state.counters, record, this.state.timeMs);
    if (span === null) return;
    const { counterId, phrase } = record;
    const { partition, nextOffset } = this.state;
    const revision = nextOffset - 1;
    effects.counters.push({ counterId, phrase, partition, ...span, revision });
  }

  #channel(id: string, login: string): ChannelState {
    let channel = this.state.channels.get(id);
    if (channel === undefined) {
      channel = createChannel(id, login, this.#settings.detector);
      this.state.channels.set(id, channel);
    }
    channel.login = login;
    return channel;
  }

  #updateOf(channel: ChannelState, windows: Window[]): WindowsUpdated {
    return {
      type: 'windows.updated',
      version: 1,
      channelId: channel.id,
      channelLogin: channel.login,
      revision: this.state.nextOffset - 1,
      watermarkMs: this.watermarkMs ?? 0,
      windows,
    };
  }

  #openContext(channel: ChannelState): Parameters<typeof addToLarger>[2] {
    return {
      counters: this.state.counters,
      closedBefore: this.state.closedBefore,
      onOpened: (endSecond) => {
        if (endSecond > this.state.closedBefore) this.#calendar.add(endSecond, channel);
      },
    };
  }

  #scope(channel: ChannelState, effects: FoldEffects): ChannelScope {
    const { nextOffset, closedBefore } = this.state;
    const update = (windows: Window[]): void => {
      effects.outgoing.push(this.#updateOf(channel, windows));
    };
    const watermarkMs = this.watermarkMs ?? 0;
    return { channel, effects, closedBefore, revision: nextOffset - 1, watermarkMs, update };
  }
}

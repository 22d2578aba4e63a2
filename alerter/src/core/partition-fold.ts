/**
 * One partition of `channel.windows` and `channel.spikes`, folded into episodes of rules.
 *
 * A function of the two logs and of the rules: what is final is said by `watermark.moved`, which
 * the processor writes after the windows that became final with it. A rule that is added while the
 * partition runs counts from the partition's next open second on.
 */
import type { Rule } from '@crest/shared/domain/rule';
import type { SpikeFound } from '@crest/shared/records/spike-found';
import type { WatermarkMoved, WindowsUpdated } from '@crest/shared/records/windows-updated';
import { ChannelWatch, type ChannelWatchSnapshot, type Found } from './channel-watch.ts';
import { newEpisodes, type Episode, type EpisodeState } from './episodes.ts';
import { EMPTY_BOOK, type RuleBook } from './rule-book.ts';

/** An episode that somebody is to be told of. */
export interface Firing {
  readonly rule: Rule;
  readonly channelId: string;
  readonly channelLogin: string;
  readonly episode: Episode;
}

/** The fold's state as JSON. */
export interface FoldSnapshot {
  version: 2;
  origin: string;
  finalSecond: number;
  begins: [machineId: string, second: number][];
  channels: [channelId: string, watch: ChannelWatchSnapshot][];
}

/** Before the first watermark: no second of event time is final. */
const NOTHING_FINAL = -1;

export class PartitionFold {
  #book = EMPTY_BOOK;
  #origin = '';
  #finalSecond = NOTHING_FINAL;
  readonly #begins = new Map<string, number>();
  readonly #channels = new Map<string, ChannelWatch>();
  readonly #busy = new Set<string>();
  #tooLate = 0;

  /** Counts that came too late to be considered. */
  get tooLate(): number {
    return this.#tooLate;
  }

  /**
   * Says where reading begins, before the first record of a partition without a snapshot. Alerts
   * of two lives of a partition then never pass for each other.
   */
  startAt(origin: { offset: number; timestampMs: number }): void {
    if (this.#origin === '') this.#origin = `${origin.offset}.${origin.timestampMs}`;
  }

  /** The rules in force from now on. */
  useRules(book: RuleBook): void {
    if (book === this.#book) return;
    this.#book = book;
    const machineIds = book.machineIds();
    for (const id of this.#begins.keys()) if (!machineIds.has(id)) this.#begins.delete(id);
    for (const id of machineIds) {
      if (!this.#begins.has(id)) this.#begins.set(id, this.#finalSecond + 1);
    }
    for (const watch of this.#channels.values()) watch.keepOnly(machineIds);
  }

  /** Whether some rule adds up counts of the channel: where none does, its updates change nothing. */
  counts(channelId: string, login: string): boolean {
    return this.#book.rulesFor(channelId, login).counts.length > 0;
  }

  /** Counts that grew. */
  windowsUpdated({
    channelId,
    channelLogin,
    windows,
  }: Pick<WindowsUpdated, 'channelId' | 'channelLogin' | 'windows'>): Firing[] {
    const rules = this.#book.rulesFor(channelId, channelLogin);
    if (rules.counts.length === 0) return [];
    const watch = this.#watchOf(channelId, channelLogin);
    const found = watch.update(windows, rules, {
      finalSecond: this.#finalSecond,
      newMachine: this.#newMachine,
      tooLate: () => (this.#tooLate += 1),
    });
    if (!watch.isQuiet) this.#busy.add(channelId);
    return this.#firings(channelId, watch, found);
  }

  /** Seconds that are over. */
  watermarkMoved({ watermarkMs }: Pick<WatermarkMoved, 'watermarkMs'>): Firing[] {
    const finalSecond = Math.floor(watermarkMs / 1000) - 1;
    if (finalSecond <= this.#finalSecond) return [];
    this.#finalSecond = finalSecond;
    const firings: Firing[] = [];
    for (const channelId of this.#busy) {
      const watch = this.#channels.get(channelId);
      if (watch === undefined) continue;
      const rules = this.#book.rulesFor(channelId, watch.login);
      const found = watch.advance(rules, finalSecond, this.#newMachine);
      firings.push(...this.#firings(channelId, watch, found));
      watch.forget(rules, finalSecond);
      if (watch.isQuiet) this.#busy.delete(channelId);
    }
    return firings;
  }

  /** A moment when the crowd reacted. */
  spikeFound({ channelId, channelLogin, peakMs, score }: SpikeFound): Firing[] {
    const rules = this.#book.rulesFor(channelId, channelLogin);
    if (rules.spikes.length === 0) return [];
    const watch = this.#watchOf(channelId, channelLogin);
    const found = watch.spike(rules, Math.floor(peakMs / 1000), score);
    return this.#firings(channelId, watch, found);
  }

  toSnapshot(): FoldSnapshot {
    return {
      version: 2,
      origin: this.#origin,
      finalSecond: this.#finalSecond,
      begins: [...this.#begins],
      channels: [...this.#channels].map(([id, watch]) => [id, watch.toSnapshot()]),
    };
  }

  static fromSnapshot(snapshot: FoldSnapshot): PartitionFold {
    const fold = new PartitionFold();
    fold.#origin = snapshot.origin;
    fold.#finalSecond = snapshot.finalSecond;
    for (const [id, second] of snapshot.begins) fold.#begins.set(id, second);
    for (const [id, watch] of snapshot.channels) {
      fold.#channels.set(id, ChannelWatch.fromSnapshot(watch));
      fold.#busy.add(id);
    }
    return fold;
  }

  readonly #newMachine = (machineId: string): EpisodeState =>
    newEpisodes(this.#begins.get(machineId) ?? this.#finalSecond + 1, this.#origin);

  #watchOf(channelId: string, login: string): ChannelWatch {
    const existing = this.#channels.get(channelId);
    if (existing !== undefined) {
      existing.login = login;
      return existing;
    }
    const watch = new ChannelWatch(login);
    this.#channels.set(channelId, watch);
    return watch;
  }

  #firings(channelId: string, watch: ChannelWatch, found: readonly Found[]): Firing[] {
    return found.map(({ rule, episode }) => ({
      rule: rule.rule,
      channelId,
      channelLogin: watch.login,
      episode,
    }));
  }
}

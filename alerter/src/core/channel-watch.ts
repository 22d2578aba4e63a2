/**
 * What the rules of one channel have seen: a series of counts for each thing that a rule counts,
 * and a machine for each rule.
 */
import type { Window } from '@crest/shared/records/windows-updated';
import {
  anticipate,
  correct,
  finalise,
  MEMORY_SECONDS,
  type Episode,
  type EpisodeState,
} from './episodes.ts';
import { MESSAGES_SERIES, type ChannelRules, type CountRule, type SpikeRule } from './rule-book.ts';
import { Series, type SeriesSnapshot } from './series.ts';

/** An episode of a rule. */
export interface Found {
  readonly rule: CountRule | SpikeRule;
  readonly episode: Episode;
}

/** Makes the machine with this id: it knows from which second on its rule counts. */
export type NewMachine = (machineId: string) => EpisodeState;

/** A watch as JSON. */
export interface ChannelWatchSnapshot {
  login: string;
  series: [id: string, counts: SeriesSnapshot][];
  machines: [machineId: string, state: EpisodeState][];
  /** Second of the last spike that was an episode. */
  peaks: [machineId: string, second: number][];
}

/** A rule and its machine. */
interface Counting {
  readonly rule: CountRule;
  readonly state: EpisodeState;
}

interface Plan {
  readonly rules: ChannelRules;
  readonly series: readonly { readonly seriesId: string; readonly counting: readonly Counting[] }[];
  /** Every machine has looked at the seconds up to it. */
  finalSecond: number;
}

export class ChannelWatch {
  /** The login under which the channel was last heard of. */
  login: string;
  readonly #series = new Map<string, Series>();
  readonly #machines = new Map<string, EpisodeState>();
  readonly #peaks = new Map<string, number>();
  #plan: Plan | null = null;

  constructor(login: string) {
    this.login = login;
  }

  /**
   * Takes the one-second windows of an update. `finalSecond`: seconds up to it are final.
   * Calls `tooLate` for a count that comes too late to be considered.
   */
  update(
    windows: readonly Window[],
    rules: ChannelRules,
    { finalSecond, newMachine, tooLate }: UpdateContext,
  ): Found[] {
    const found = this.advance(rules, finalSecond, newMachine);
    for (const { seriesId, counting } of this.#planOf(rules, newMachine).series) {
      let hasGrown = false;
      for (const window of windows) {
        if (window.spanSeconds !== 1) continue;
        const second = window.startMs / 1000;
        const count = countIn(window, seriesId);
        if (count === 0) continue;
        if (second + MEMORY_SECONDS <= finalSecond) {
          tooLate();
          continue;
        }
        const raisedBy = this.#seriesFor(seriesId).raise(second, count);
        if (raisedBy === 0) continue;
        if (second > finalSecond) hasGrown = true;
        else found.push(...this.#correct(seriesId, counting, { second, raisedBy }));
      }
      if (hasGrown) found.push(...this.#anticipate(seriesId, counting, finalSecond));
    }
    return found;
  }

  /** Takes all seconds up to `finalSecond` as final. */
  advance(rules: ChannelRules, finalSecond: number, newMachine: NewMachine): Found[] {
    const plan = this.#planOf(rules, newMachine);
    const found: Found[] = [];
    // Most updates come between two watermarks.
    if (plan.finalSecond >= finalSecond) return found;
    plan.finalSecond = finalSecond;
    for (const { seriesId, counting } of plan.series) {
      for (const { rule, state } of counting) {
        if (state.finalSecond >= finalSecond) continue;
        const series = this.#seriesFor(seriesId);
        for (const episode of finalise(state, rule.threshold, series, finalSecond)) {
          found.push({ rule, episode });
        }
      }
    }
    return found;
  }

  /** Takes a spike with this score, whose peak is at `second`. */
  spike(rules: ChannelRules, second: number, score: number): Found[] {
    const found: Found[] = [];
    for (const rule of rules.spikes) {
      if (score < rule.scoreAtLeast) continue;
      const last = this.#peaks.get(rule.machineId);
      const cooldown = rule.rule.cooldownSeconds;
      if (last !== undefined && (second <= last || second - last < cooldown)) continue;
      this.#peaks.set(rule.machineId, second);
      const key = `peak:${second}`;
      found.push({
        rule,
        episode: { key, atSecond: second, value: score, early: false, otherKeys: [] },
      });
    }
    return found;
  }

  /** Forgets counts that no rule can need any more. */
  forget(rules: ChannelRules, finalSecond: number): void {
    const spans = rules.counts.map(({ threshold }) => threshold.withinSeconds);
    const from = finalSecond - Math.max(0, ...spans) - MEMORY_SECONDS;
    for (const [id, series] of this.#series) {
      series.forgetBefore(from);
      if (series.size === 0) this.#series.delete(id);
    }
  }

  /** Drops the state of machines that are not in `machineIds`. */
  keepOnly(machineIds: ReadonlySet<string>): void {
    for (const states of [this.#machines, this.#peaks]) {
      for (const id of states.keys()) if (!machineIds.has(id)) states.delete(id);
    }
    this.#plan = null;
  }

  /** No counts are kept: until the next update time brings nothing new here. */
  get isQuiet(): boolean {
    return this.#series.size === 0;
  }

  toSnapshot(): ChannelWatchSnapshot {
    return {
      login: this.login,
      series: [...this.#series].map(([id, series]) => [id, series.toSnapshot()]),
      machines: [...this.#machines],
      peaks: [...this.#peaks],
    };
  }

  static fromSnapshot(snapshot: ChannelWatchSnapshot): ChannelWatch {
    const watch = new ChannelWatch(snapshot.login);
    for (const [id, counts] of snapshot.series) {
      watch.#series.set(id, Series.fromSnapshot(counts));
    }
    for (const [id, state] of snapshot.machines) watch.#machines.set(id, state);
    for (const [id, second] of snapshot.peaks) watch.#peaks.set(id, second);
    return watch;
  }

  #correct(
    seriesId: string,
    counting: readonly Counting[],
    correction: { second: number; raisedBy: number },
  ): Found[] {
    const series = this.#seriesFor(seriesId);
    return counting.flatMap(({ rule, state }) =>
      correct(state, rule.threshold, series, correction).map((episode) => ({ rule, episode })),
    );
  }

  #anticipate(seriesId: string, counting: readonly Counting[], finalSecond: number): Found[] {
    const series = this.#seriesFor(seriesId);
    const ahead = series.sumFrom(finalSecond + 1);
    const found: Found[] = [];
    for (const { rule, state } of counting) {
      // No later sum can be above the last final one and all that came since: most rules wait.
      const isFar = state.sum + ahead < rule.threshold.atLeast;
      if (isFar && state.finalSecond === finalSecond) continue;
      const episode = anticipate(state, rule.threshold, series);
      if (episode !== null) found.push({ rule, episode });
    }
    return found;
  }

  /** What the rules count, by series, with a machine for each; made once for a book. */
  #planOf(rules: ChannelRules, newMachine: NewMachine): Plan {
    if (this.#plan?.rules === rules) return this.#plan;
    const bySeries = Map.groupBy(rules.counts, ({ seriesId }) => seriesId);
    const series = [...bySeries].map(([seriesId, own]) => ({
      seriesId,
      counting: own.map((rule) => ({ rule, state: this.#machineFor(rule, newMachine) })),
    }));
    this.#plan = { rules, series, finalSecond: -Infinity };
    return this.#plan;
  }

  #machineFor(rule: CountRule, newMachine: NewMachine): EpisodeState {
    const existing = this.#machines.get(rule.machineId);
    if (existing !== undefined) return existing;
    const state = newMachine(rule.machineId);
    this.#machines.set(rule.machineId, state);
    return state;
  }

  #seriesFor(id: string): Series {
    const existing = this.#series.get(id);
    if (existing !== undefined) return existing;
    const series = new Series();
    this.#series.set(id, series);
    return series;
  }
}

export interface UpdateContext {
  readonly finalSecond: number;
  readonly newMachine: NewMachine;
  readonly tooLate: () => void;
}

function countIn(window: Window, seriesId: string): number {
  return seriesId === MESSAGES_SERIES ? window.messages : (window.counters[seriesId] ?? 0);
}

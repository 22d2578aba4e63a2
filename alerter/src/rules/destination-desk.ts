/**
 * Makes destinations ready before anything happens: asks mailboxes to confirm, puts followers on
 * the topics of their themes. What fails is tried again every round, and shows in the metrics;
 * it never holds an alert back, because sending prepares again what is missing.
 */
import type { Rule, Theme } from '@crest/shared/domain/rule';
import { destinationKeyOf, type AlertDestination } from '../core/alert.ts';
import { destinationsOf } from '../core/stages.ts';
import type { Notifier, SendResult, ThemeFollowing } from '../notifiers/notifier.ts';

export interface DestinationDeskOptions {
  readonly notifier: Notifier & Partial<ThemeFollowing>;
  /** At once, so that a start with many rules does not run into the provider's limits. */
  readonly concurrency: number;
  readonly events: DestinationDeskEvents;
}

export interface DestinationDeskEvents {
  /** A follower could not be put on a theme for now. */
  followFailed(result: Exclude<SendResult, { outcome: 'accepted' }>): void;
}

type Task = { readonly key: string; readonly run: () => Promise<boolean> };

export class DestinationDesk {
  readonly #options: DestinationDeskOptions;
  readonly #done = new Set<string>();

  constructor(options: DestinationDeskOptions) {
    this.#options = options;
  }

  /** Prepares what is new in these rules and themes. Ends early when `signal` aborts. */
  async prepare(
    rules: readonly Rule[],
    themes: readonly Theme[],
    signal: AbortSignal,
  ): Promise<void> {
    const tasks = this.#tasks(rules, themes);
    const wanted = new Set(tasks.map(({ key }) => key));
    for (const key of this.#done) if (!wanted.has(key)) this.#done.delete(key);
    const queue = tasks.filter(({ key }) => !this.#done.has(key));
    const work = async (): Promise<void> => {
      for (let task = queue.shift(); task !== undefined; task = queue.shift()) {
        if (signal.aborted) return;
        if (await task.run()) this.#done.add(task.key);
      }
    };
    await Promise.all(Array.from({ length: this.#options.concurrency }, work));
  }

  #tasks(rules: readonly Rule[], themes: readonly Theme[]): Task[] {
    const destinations = new Map<string, AlertDestination>();
    for (const destination of rules.flatMap(destinationsOf)) {
      destinations.set(destinationKeyOf(destination), destination);
    }
    const told = new Set(
      [...destinations.values()].flatMap((to) => (to.kind === 'theme' ? [to.theme] : [])),
    );
    return [
      ...[...destinations].map(([key, destination]) => this.#preparing(key, destination)),
      ...themes.filter(({ _id }) => told.has(_id)).flatMap((theme) => this.#following(theme)),
    ];
  }

  #preparing(key: string, destination: AlertDestination): Task {
    const run = async (): Promise<boolean> => {
      await this.#options.notifier.prepare(destination);
      return true;
    };
    return { key, run };
  }

  #following({ _id: theme, followers }: Theme): Task[] {
    const { notifier, events } = this.#options;
    return followers.map((follower) => ({
      key: `${theme}/${destinationKeyOf(follower)}`,
      run: async () => {
        const result = await notifier.follow?.(theme, follower);
        if (result === undefined) return true;
        if (result.outcome !== 'retry' && result.outcome !== 'rejected') return true;
        events.followFailed(result);
        // What is refused for good is not asked again while the theme says the same.
        return result.outcome === 'rejected';
      },
    }));
  }
}

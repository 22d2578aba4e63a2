/** Compares the alerts that people received with those that the rules made due. */
import type { Rule, Theme } from '@crest/shared/domain/rule';
import { compareAlerts, type ExpectedAlert } from './compare-alerts.ts';
import { alertsOf, episodesOf, type RuledRoom } from './expected-alerts.ts';
import type { JudgeOptions, RoomMatter, RunMatter } from './judge-run.ts';
import { quantilesOf } from './quantiles.ts';
import { deliveredAlerts, readReceipts } from './received-alerts.ts';
import type { Quantiles, RunFigures } from './run-report.ts';
import type { OutboxAlert } from './run-sources.ts';

export interface AlertsJudgement {
  readonly figures: RunFigures['alerts'];
  readonly latencyMs: Quantiles;
}

/** An expected alert and the wall time of the line that made it due; null where none did. */
interface DueAlert {
  readonly alert: ExpectedAlert;
  readonly dueAtWallMs: number | null;
}

export async function judgeAlerts(
  { sources, spikeSpanSeconds }: JudgeOptions,
  { book, gapsOf, differences }: RunMatter,
  { rules, rooms }: { rules: readonly Rule[]; rooms: readonly RoomMatter[] },
): Promise<AlertsJudgement> {
  const themes = new Map((await sources.themes()).map((theme) => [theme._id, theme]));
  const startedWallMs = book.start?.wallMs ?? Infinity;
  const enabled = rules.filter(({ enabled }) => enabled);
  const due = rooms.flatMap((room) => {
    const ruled = ruledRoom(room, spikeSpanSeconds);
    return enabled
      .filter((rule) => holdsFor(rule, themes, ruled))
      .flatMap((rule) => dueAlerts(rule, ruled, { themes, startedWallMs }));
  });
  const looksBack = new Map(
    rules.map((rule) => [rule._id, looksBackSeconds(rule, spikeSpanSeconds)]),
  );
  const outbox = await sources.outbox();
  const delivered = deliveredAlerts(await readReceipts(sources.inbox()), outbox, {
    gapsOf,
    looksBackSeconds: (ruleId) => looksBack.get(ruleId) ?? 1,
  });
  const expected = due.map(({ alert }) => alert);
  const { figures, matched } = compareAlerts(expected, delivered, differences.add);
  const latencies = latenciesMs(due, matched, outbox);
  return { figures, latencyMs: quantilesOf(latencies) };
}

function ruledRoom(
  { room, messages, gaps, spikes, counterSpans }: RoomMatter,
  spikeSpanSeconds: number,
): RuledRoom {
  const countedInOrder = [...room.inStampOrder()].filter(
    (index) => messages.isExcused[index] === 0,
  );
  return { room, countedInOrder, counterSpans, gaps, spikes, spikeSpanSeconds };
}

function holdsFor(rule: Rule, themes: ReadonlyMap<string, Theme>, { room }: RuledRoom): boolean {
  const channels = rule.target.kind === 'theme' ? themes.get(rule.target.theme) : rule.target;
  if (channels === undefined) return false;
  return channels.channelIds.includes(room.roomId) || channels.channelLogins.includes(room.login);
}

function dueAlerts(
  rule: Rule,
  ruled: RuledRoom,
  { themes, startedWallMs }: { themes: ReadonlyMap<string, Theme>; startedWallMs: number },
): DueAlert[] {
  const theme = rule.target.kind === 'theme' ? themes.get(rule.target.theme) : undefined;
  // From when on a rule made during the run held is not known to the second.
  const isRuleLate = rule.createdAtMs > startedWallMs;
  return episodesOf(rule, ruled).flatMap((episode) => {
    const { crossing } = episode;
    const dueAtWallMs = crossing === null ? null : ruled.room.wallMs.at(crossing);
    const alerts = alertsOf(episode, rule, { ruled, theme, isRuleLate });
    return alerts.map((alert) => ({ alert, dueAtWallMs }));
  });
}

function looksBackSeconds({ condition }: Rule, spikeSpanSeconds: number): number {
  return condition.kind === 'spike' ? spikeSpanSeconds : condition.withinSeconds;
}

function latenciesMs(
  due: readonly DueAlert[],
  matched: ReturnType<typeof compareAlerts>['matched'],
  outbox: readonly OutboxAlert[],
): number[] {
  const dueAt = new Map(due.map(({ alert, dueAtWallMs }) => [alert, dueAtWallMs]));
  const sentAt = new Map(outbox.map(({ alertId, sentAtMs }) => [alertId, sentAtMs]));
  return matched.flatMap(({ expected, delivered }) => {
    const from = dueAt.get(expected) ?? null;
    const to = sentAt.get(delivered.alertId) ?? null;
    return from === null || to === null ? [] : [to - from];
  });
}

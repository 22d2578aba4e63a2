import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { LedgerLine } from '@crest/simulator/ledger/ledger-line';
import { channelEvent } from '../../tests/_util/channel-events.ts';
import {
  addGap,
  ALPHA,
  BETA,
  CROWD,
  handMadeRun,
  inboxEntry,
  judge,
  START_MS,
  type HandMadeRun,
} from '../../tests/_util/hand-made-run.ts';
import { exitCodeOf, type RunReport } from './run-report.ts';

/** Figures by their path, such as `windows.equal`. */
function flat(value: object, prefix = ''): Record<string, unknown> {
  const entries = Object.entries(value).flatMap(([name, each]): [string, unknown][] =>
    typeof each === 'object' && each !== null
      ? Object.entries(flat(each as object, `${prefix}${name}.`))
      : [[`${prefix}${name}`, each]],
  );
  return Object.fromEntries(entries);
}

function figuresOf(report: RunReport): Record<string, unknown> {
  const { promises: _p, examples: _e, disturbances: _d, disturbed: _b, ...figures } = report;
  return flat(figures);
}

function brokenIn({ promises }: RunReport): string[] {
  return promises.filter(({ held }) => !held).map(({ name }) => name);
}

/** What changed against the faultless run. */
function changes(faultless: RunReport, spoilt: RunReport): Record<string, unknown> {
  const before = figuresOf(faultless);
  const after = Object.entries(figuresOf(spoilt));
  return Object.fromEntries(after.filter(([name, value]) => before[name] !== value));
}

function lineAt(run: HandMadeRun, offset: number): LedgerLine {
  const found = run.ledger.find(
    (entry): entry is LedgerLine => entry.kind === 'line' && entry.atMs === START_MS + offset,
  );
  assert.ok(found);
  return found;
}

function windowAt(run: HandMadeRun, spanSeconds: number, offset: number) {
  const found = run.windows.find(
    (window) =>
      window.roomId === ALPHA.id &&
      window.spanSeconds === spanSeconds &&
      window.startMs === START_MS + offset,
  );
  assert.ok(found);
  return found;
}

/** Takes a line out of the database and out of every window that counted it. */
function forget(run: HandMadeRun, offset: number): void {
  const { id, text, emotes } = lineAt(run, offset);
  run.messages = run.messages.filter(({ messageId }) => messageId !== id);
  for (const window of run.windows) {
    const at = START_MS + offset;
    const isHit =
      window.roomId === ALPHA.id &&
      window.startMs <= at &&
      at < window.startMs + window.spanSeconds * 1_000;
    if (!isHit) continue;
    window.messages -= 1;
    window.emotes -= emotes;
    window.length -= text.length;
    if (window.messages === 0) window.chatters = 0;
  }
}

function withoutAlert(run: HandMadeRun, alertId: string): void {
  run.inbox = run.inbox.filter(({ messageAttributes }) => messageAttributes['alertId'] !== alertId);
}

interface Spoilt {
  readonly name: string;
  readonly spoil: (run: HandMadeRun) => void;
  readonly changes: Record<string, unknown>;
  readonly broken: readonly string[];
}

const CROWD_EMAIL = `crowd|${ALPHA.id}|email:ann@example.org`;

const CASES: readonly Spoilt[] = [
  {
    name: 'a message that is not stored is lost',
    spoil: (run) => run.messages.splice(0, 1),
    changes: { stored: 13, lost: 1 },
    broken: ['nothing lost'],
  },
  {
    name: 'a message stored under two keys is doubled',
    spoil: (run) => run.messages.push({ ...run.messages[0]!, documentId: 'another' }),
    changes: { doubled: 1 },
    broken: ['counted once'],
  },
  {
    name: 'a message that was never sent is unknown',
    spoil: (run) => run.messages.push({ ...run.messages[0]!, messageId: 'made-up' }),
    changes: { unknown: 1 },
    broken: ['nothing made up'],
  },
  {
    name: 'a message in a room that no run has is unknown',
    spoil: (run) => run.messages.push({ ...run.messages[0]!, roomId: '999' }),
    changes: { unknown: 1 },
    broken: ['nothing made up'],
  },
  {
    name: 'a repeat in the log is resent and breaks nothing',
    spoil: (run) => run.events.splice(5, 0, run.events[4]!),
    changes: { resent: 1 },
    broken: [],
  },
  {
    name: 'a record behind the watermark is late and breaks nothing',
    spoil: (run) => run.events.push(run.events.splice(3, 1)[0]!),
    changes: { late: 1 },
    broken: [],
  },
  {
    name: 'a record that cannot be read breaks the promise of readable ones',
    spoil: (run) => run.events.push({ ...run.events[0]!, value: Buffer.from('{}') }),
    changes: {},
    broken: ['everything readable'],
  },
  {
    name: 'a window that counts one less is unexpected',
    spoil: (run) => (windowAt(run, 60, 0).messages -= 1),
    changes: { 'windows.equal': 18, 'windows.unexpected': 1 },
    broken: ['every window right'],
  },
  {
    name: 'a window that counts a message more has counted one twice',
    spoil: (run) => (windowAt(run, 60, 0).messages += 1),
    changes: { 'windows.equal': 18, 'windows.unexpected': 1, doubled: 1 },
    broken: ['counted once', 'every window right'],
  },
  ...(['emotes', 'length', 'bits', 'subs', 'commands', 'chatters'] as const).map((field) => ({
    name: `a window with other ${field} is unexpected`,
    spoil: (run: HandMadeRun) => (windowAt(run, 1, 10_000)[field] += 1),
    changes: { 'windows.equal': 18, 'windows.unexpected': 1 },
    broken: ['every window right'],
  })),
  {
    name: 'a window with another counter is unexpected',
    spoil: (run) => (windowAt(run, 1, 40_000).counters['feed'] = 1),
    changes: { 'windows.equal': 18, 'windows.unexpected': 1 },
    broken: ['every window right'],
  },
  {
    name: 'a window that is missing is unexpected',
    spoil: (run) => run.windows.splice(0, 1),
    changes: { 'windows.equal': 18, 'windows.unexpected': 1 },
    broken: ['every window right'],
  },
  {
    name: 'a window of a second without lines is unexpected and counts what was not sent',
    spoil: (run) => run.windows.push({ ...windowAt(run, 1, 0), startMs: START_MS + 300_000 }),
    changes: { 'windows.unexpected': 1, doubled: 1 },
    broken: ['counted once', 'every window right'],
  },
  {
    name: 'a window of a room that no run has is unexpected',
    spoil: (run) => (run.strangeWindows = 1),
    changes: { 'windows.unexpected': 1 },
    broken: ['every window right'],
  },
  {
    name: 'a window without any count says nothing',
    spoil: (run) => {
      const empty = { messages: 0, chatters: 0, emotes: 0, length: 0, counters: {} };
      const place = { startMs: START_MS + 300_000 };
      run.windows.push({ ...windowAt(run, 1, 0), ...empty, ...place });
    },
    changes: {},
    broken: [],
  },
  {
    name: 'a share below 1 without a gap is unexpected',
    spoil: (run) => (windowAt(run, 10, 20_000).observedShare = 0.9),
    changes: { 'windows.equal': 18, 'windows.unexpected': 1 },
    broken: ['every window right'],
  },
  {
    name: 'what a gap explains is in the gap, and its windows are touched',
    spoil: (run) => {
      forget(run, 25_000);
      addGap(run, { roomId: ALPHA.id, fromMs: START_MS + 24_000, toMs: START_MS + 26_000 });
      for (const span of [1, 10, 60, 3600]) {
        const startMs = span === 1 ? 25_000 : span === 10 ? 20_000 : 0;
        windowAt(run, span, startMs).observedShare = 0.5;
      }
    },
    changes: { stored: 13, inGaps: 1, gaps: 1, 'windows.equal': 15, 'windows.touched': 4 },
    broken: [],
  },
  {
    name: 'touched windows whose share says nothing of the gap are unexpected',
    spoil: (run) => {
      forget(run, 25_000);
      addGap(run, { roomId: ALPHA.id, fromMs: START_MS + 24_000, toMs: START_MS + 26_000 });
    },
    changes: {
      stored: 13,
      inGaps: 1,
      gaps: 1,
      'windows.equal': 15,
      'windows.touched': 2,
      'windows.unexpected': 2,
    },
    broken: ['every window right'],
  },
  {
    name: 'a touched window that counts less than is stored betrays its gap',
    spoil: (run) => {
      addGap(run, { roomId: BETA.id, fromMs: START_MS + 1_600, toMs: START_MS + 1_700 });
      for (const window of run.windows) {
        if (window.roomId === BETA.id && window.startMs <= START_MS + 1_000) {
          window.observedShare = 0.9;
          if (window.spanSeconds === 10) window.emotes = 0;
        }
      }
    },
    changes: { gaps: 1, 'windows.equal': 15, 'windows.touched': 4 },
    broken: ['gaps tell the truth'],
  },
  {
    name: 'a stored message inside a gap betrays the gap',
    spoil: (run) => {
      addGap(run, { roomId: ALPHA.id, fromMs: START_MS + 24_900, toMs: START_MS + 25_100 });
      for (const [span, startMs] of [
        [1, 25_000],
        [10, 20_000],
        [60, 0],
        [3600, 0],
      ] as const) {
        windowAt(run, span, startMs).observedShare = 0.9;
      }
    },
    changes: { gaps: 1, 'windows.equal': 15, 'windows.touched': 4 },
    broken: ['gaps tell the truth'],
  },
  {
    name: 'a spike that is not stored is missing',
    spoil: (run) => run.spikes.splice(0, 1),
    changes: { 'spikes.found': 0, 'spikes.equal': 0 },
    broken: ['every spike right'],
  },
  {
    name: 'a spike that the recount does not have is one too many',
    spoil: (run) => run.spikes.push({ ...run.spikes[0]!, peakMs: START_MS }),
    changes: { 'spikes.found': 2 },
    broken: ['every spike right'],
  },
  ...(['startMs', 'endMs', 'score', 'messages', 'baselinePerSecond'] as const).map((field) => ({
    name: `a spike with another ${field} is not equal`,
    spoil: (run: HandMadeRun) => {
      const spike = run.spikes[0]!;
      run.spikes = [{ ...spike, [field]: spike[field] + 1 }];
    },
    changes: { 'spikes.equal': 0 },
    broken: ['every spike right'],
  })),
  {
    name: 'a spike of a room that no run has is one too many',
    spoil: (run) => run.spikes.push({ ...run.spikes[0]!, channelId: '999' }),
    changes: { 'spikes.found': 2 },
    broken: ['every spike right'],
  },
  {
    name: 'a spike that is stored twice is one too many',
    spoil: (run) => run.spikes.push(run.spikes[0]!),
    changes: { 'spikes.found': 2 },
    broken: ['every spike right'],
  },
  {
    name: 'a spike that is judged by seconds in a gap may differ, and so may its alert',
    spoil: (run) => {
      addGap(run, { roomId: ALPHA.id, fromMs: START_MS + 5_000, toMs: START_MS + 6_000 });
      for (const [span, startMs] of [
        [10, 0],
        [60, 0],
        [3600, 0],
      ] as const) {
        windowAt(run, span, startMs).observedShare = 0.9;
      }
      run.spikes = [];
      withoutAlert(run, `spike|${ALPHA.id}|sms:+4915112345679`);
    },
    changes: {
      gaps: 1,
      'windows.equal': 16,
      'windows.touched': 3,
      'spikes.found': 0,
      'spikes.equal': 0,
      'alerts.expected': 5,
      'alerts.delivered': 5,
      'alerts.uncertain': 1,
    },
    broken: [],
  },
  {
    name: 'an alert that nobody received is missed',
    spoil: (run) => withoutAlert(run, CROWD_EMAIL),
    changes: { 'alerts.delivered': 5, 'alerts.missed': 1 },
    broken: ['everybody told'],
  },
  {
    name: 'an alert that was accepted but did not reach its mailbox is missed',
    spoil: (run) => {
      const entry = run.inbox.find((each) => each.messageAttributes['alertId'] === CROWD_EMAIL)!;
      withoutAlert(run, CROWD_EMAIL);
      run.inbox.push({ ...entry, outcome: 'unconfirmed' });
    },
    changes: { 'alerts.delivered': 5, 'alerts.missed': 1 },
    broken: ['everybody told'],
  },
  {
    name: 'an alert for a theme that one follower did not receive is missed',
    spoil: (run) => {
      run.inbox = run.inbox.filter(({ destination }) => destination.endpoint !== 'cyd@example.org');
    },
    changes: { 'alerts.missed': 1 },
    broken: ['everybody told'],
  },
  {
    name: 'an alert that no episode asks for is unexpected',
    spoil: (run) => {
      run.outbox.push({ ...run.outbox[0]!, alertId: 'extra', second: START_MS / 1_000 + 55 });
      run.inbox.push(inboxEntry('extra', 'email:ann@example.org'));
    },
    changes: { 'alerts.delivered': 7, 'alerts.unexpected': 1 },
    broken: ['nobody told in vain'],
  },
  {
    name: 'a second alert of the same episode is unexpected',
    spoil: (run) => {
      run.outbox.push({ ...run.outbox[0]!, alertId: 'extra' });
      run.inbox.push(inboxEntry('extra', 'email:ann@example.org'));
    },
    changes: { 'alerts.delivered': 7, 'alerts.unexpected': 1 },
    broken: ['nobody told in vain'],
  },
  {
    name: 'an alert that the outbox does not know is unexpected',
    spoil: (run) => run.inbox.push(inboxEntry('who knows', 'email:ann@example.org')),
    changes: { 'alerts.delivered': 7, 'alerts.unexpected': 1 },
    broken: ['nobody told in vain'],
  },
  {
    name: 'an alert that came twice is repeated',
    spoil: (run) => run.inbox.push(run.inbox[0]!),
    changes: { 'alerts.repeated': 1 },
    broken: ['told once'],
  },
  {
    name: 'a send to a theme that was repeated is one repeat, however many follow it',
    spoil: (run) => {
      const isFlood = (alertId = ''): boolean => alertId.startsWith('flood');
      const sent = run.inbox.filter((each) => isFlood(each.messageAttributes['alertId']));
      run.inbox.push(...sent);
    },
    changes: { 'alerts.repeated': 1 },
    broken: ['told once'],
  },
  {
    name: 'an alert that fired a second early is the one of its episode',
    spoil: (run) => (run.outbox[0] = { ...run.outbox[0]!, second: START_MS / 1_000 + 9 }),
    changes: {},
    broken: [],
  },
  {
    name: 'an episode whose span touches a gap is uncertain, told or not',
    spoil: (run) => {
      addGap(run, { roomId: BETA.id, fromMs: START_MS + 60_500, toMs: START_MS + 60_900 });
      addGap(run, { roomId: BETA.id, fromMs: START_MS + 61_950, toMs: START_MS + 61_960 });
      withoutAlert(run, `crowd|${BETA.id}|sms:+4915112345678`);
      for (const window of run.windows) if (window.roomId === BETA.id) window.observedShare = 0.9;
      windowsUntouched(run);
    },
    changes: {
      gaps: 2,
      'alerts.expected': 4,
      'alerts.delivered': 5,
      'alerts.uncertain': 2,
      'windows.equal': 15,
      'windows.touched': 4,
    },
    broken: [],
  },
  {
    name: 'alerts of a rule that was made while lines were running are uncertain',
    spoil: (run) => (run.rules[0] = { ...CROWD, createdAtMs: START_MS + 1 }),
    changes: { 'alerts.expected': 2, 'alerts.uncertain': 4 },
    broken: [],
  },
  {
    name: 'a destination that a rule names twice is told once',
    spoil: (run) => {
      run.rules[0] = { ...CROWD, destinations: CROWD.destinations.flatMap((each) => [each, each]) };
    },
    changes: {},
    broken: [],
  },
  {
    name: 'a theme that nobody follows makes nothing due',
    spoil: (run) => {
      run.themes = run.themes.map((theme) => ({ ...theme, followers: [] }));
      withoutAlert(run, `flood|${ALPHA.id}|theme`);
    },
    changes: { 'alerts.expected': 5, 'alerts.delivered': 5 },
    broken: [],
  },
  {
    name: 'a rule that is off makes nothing due',
    spoil: (run) => {
      run.rules[0] = { ...CROWD, enabled: false };
      run.inbox = run.inbox.filter(
        (each) => !each.messageAttributes['alertId']?.startsWith('crowd'),
      );
    },
    changes: { 'alerts.expected': 2, 'alerts.delivered': 2 },
    broken: [],
  },
];

/** Seconds and ten seconds of the second room that lie clear of the gaps are whole again. */
function windowsUntouched(run: HandMadeRun): void {
  for (const window of run.windows) {
    const offset = window.startMs - START_MS;
    if (window.roomId === BETA.id && offset < 60_000 && window.spanSeconds < 3600) {
      window.observedShare = 1;
    }
    if (window.spanSeconds === 1 && offset === 62_000) window.observedShare = 1;
  }
}

describe('judgeRun', () => {
  it('finds a faultless run faultless', async () => {
    const report = await judge(await handMadeRun());
    const { promises, examples, disturbances: _d, disturbed: _b, ...figures } = report;
    assert.deepEqual(figures, {
      sent: 14,
      stored: 14,
      lost: 0,
      inGaps: 0,
      doubled: 0,
      resent: 0,
      unknown: 0,
      late: 0,
      windows: { expected: 19, equal: 19, touched: 0, unexpected: 0 },
      spikes: { found: 1, recount: 1, equal: 1 },
      alerts: { expected: 6, delivered: 6, missed: 0, repeated: 0, unexpected: 0, uncertain: 0 },
      gaps: 0,
      restarts: 0,
      seconds: 70,
      messagesPerSecond: 0.2,
      latencyMs: { stored: { p50: 40, p99: 40 }, alert: { p50: 390, p99: 490 } },
    });
    assert.deepEqual(examples, {});
    assert.ok(promises.every(({ held }) => held));
    assert.equal(exitCodeOf(report), 0);
  });

  for (const { name, spoil, changes: expected, broken } of CASES) {
    it(name, async () => {
      const run = await handMadeRun();
      const faultless = await judge(run);
      spoil(run);
      const report = await judge(run);
      const {
        'latencyMs.alert.p50': _a,
        'latencyMs.alert.p99': _b,
        ...seen
      } = changes(faultless, report);
      assert.deepEqual(seen, expected);
      assert.deepEqual(brokenIn(report), broken);
      assert.equal(exitCodeOf(report), broken.length === 0 ? 0 : 1);
    });
  }

  it('lets an alerter that was killed repeat what it had in flight, and no more', async () => {
    const run = await handMadeRun();
    run.inbox.push(...Array.from({ length: 3 }, () => run.inbox[0]!));
    const allowed = await judge(run, { alerterKills: 1, sendsInFlightMax: 3 });
    assert.deepEqual(brokenIn(allowed), []);
    const tooMany = await judge(run, { alerterKills: 1, sendsInFlightMax: 2 });
    assert.deepEqual(brokenIn(tooMany), ['told once']);
  });

  it('counts a line that was put back in time where it was put', async () => {
    const run = await handMadeRun();
    const line = lineAt(run, 500);
    const offset = run.events.findIndex(({ value }) => value?.includes(line.id));
    const bent = { ...line, atMs: line.atMs + 3_600_000, trueAtMs: line.atMs };
    run.ledger = run.ledger.map((entry) => (entry === line ? bent : entry));
    run.events[offset] = {
      ...run.events[offset]!,
      value: Buffer.from(channelEvent(line, bent.atMs)),
    };
    assert.deepEqual(changes(await judge(await handMadeRun()), await judge(run)), {});
  });

  it('expects no window where only the stamp of a line lies that was sent in a gap', async () => {
    const run = await handMadeRun();
    const line = lineAt(run, 25_000);
    forget(run, 25_000);
    addGap(run, { roomId: ALPHA.id, fromMs: START_MS + 24_000, toMs: START_MS + 26_000 });
    for (const span of [1, 10, 60, 3600]) {
      const startMs = span === 1 ? 25_000 : span === 10 ? 20_000 : 0;
      windowAt(run, span, startMs).observedShare = 0.5;
    }
    const bent = { ...line, atMs: line.atMs + 600_000, trueAtMs: line.atMs };
    run.events = run.events.filter(({ value }) => value?.includes(line.id) !== true);
    run.ledger = run.ledger.map((entry) => (entry === line ? bent : entry));
    const report = await judge(run);
    assert.deepEqual([report.inGaps, report.windows.unexpected, brokenIn(report)], [1, 0, []]);
  });

  it('asks for no share of 1 from windows that begin before the room was first read', async () => {
    const run = await handMadeRun();
    run.events.splice(1, 2);
    assert.deepEqual(brokenIn(await judge(run)), []);
    for (const window of run.windows) window.observedShare = 0.5;
    assert.deepEqual(brokenIn(await judge(run)), []);
  });

  it('adds up the time of all gaps, up to the end of the lines', async () => {
    const run = await handMadeRun();
    const gap = { roomId: ALPHA.id, fromMs: START_MS + 45_000, toMs: START_MS + 46_500 };
    addGap(run, gap);
    addGap(run, { roomId: BETA.id, fromMs: START_MS + 65_000, toMs: null });
    const { promises } = await judge(run);
    const truth = promises.find(({ name }) => name === 'gaps are short');
    assert.equal(truth?.figures['gapSeconds'], 6.5);
  });

  it('keeps no more than twenty examples of a kind', async () => {
    const run = await handMadeRun();
    for (let each = 0; each < 25; each += 1) {
      run.messages.push({ ...run.messages[0]!, messageId: `made-up-${each}` });
    }
    const report = await judge(run);
    assert.equal(report.unknown, 25);
    assert.equal(report.examples.unknown?.length, 20);
  });
});

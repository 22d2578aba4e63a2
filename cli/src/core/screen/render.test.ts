import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { ScreenModel, ScreenPart } from './model.ts';
import { render } from './render.ts';
import { table } from './summary.ts';
import { count, duration, fit, progressBar, sparkline } from './text.ts';

const part = (name: string, more: Partial<ScreenPart> = {}): ScreenPart => ({
  name,
  state: 'up',
  pid: 4_200,
  restarts: 0,
  ...more,
});

const MODEL: ScreenModel = {
  about: 'A replay of recorded chats runs through the whole pipeline, 60 times as fast as it was.',
  state: 'running',
  elapsedMs: 83_000,
  activity: null,
  links: [{ label: 'alerts', url: 'http://127.0.0.1:20001/' }],
  parts: [
    part('kafka'),
    part('database'),
    part('simulator'),
    part('alerter'),
    part('processor', { restarts: 2 }),
    part('collector', { state: 'backing-off', pid: null, restarts: 1 }),
  ],
  flow: {
    messagesPerSecond: 812,
    sent: 67_401,
    stored: 67_300,
    lagRecords: 101,
    lagSeconds: 0.2,
    roomsJoined: 62,
    roomsWanted: 63,
    alertsSent: 17,
    gaps: 0,
  },
  spikes: [
    { login: 'teo0', atMs: Date.UTC(2026, 10, 21, 8, 1, 2), score: 31.4, perSecond: [1, 2, 9, 4] },
  ],
  alerts: [
    {
      atMs: Date.UTC(2026, 10, 21, 13, 50, 1),
      kind: 'sms',
      to: '+4915112345678',
      text: 'teo0: 44 messages in 5 s (rule burst)',
    },
  ],
  replay: { done: 0.25, leftMs: 290_000 },
  notices: ['collector ended (by SIGKILL): it starts again in 0.4 s'],
};

describe('render', () => {
  it('draws this at 80 by 24', () => {
    assert.deepEqual(
      render(MODEL, { width: 80, height: 24 })
        .split('\n')
        .map((line) => line.trimEnd()),
      [
        'Crest running · 1 min 23 s',
        'A replay of recorded chats runs through the whole pipeline, 60 times as fast as',
        'it was.',
        'alerts   http://127.0.0.1:20001/',
        '',
        '● kafka        4200       ● database     4200       ● simulator    4200',
        '● alerter      4200       ● processor    4200 ×2    ✖ collector    down ×1',
        '',
        'messages/s 812            lag 101 (0.2 s)           rooms 62 of 63',
        'sent 67,401         stored 67,300       alerts 17           gaps 0',
        '',
        '█████████████░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░ 25 %, 4 min 50 s left',
        '',
        'Newest spikes in the time of the chat',
        '08:01:02  teo0                      ▁▂█▄                           score 31',
        'Newest alerts as they were sent',
        '13:50:01  sms   +4915112345678       teo0: 44 messages in 5 s (rule burst)',
        '',
        'collector ended (by SIGKILL): it starts again in 0.4 s',
      ],
    );
  });

  it('says what is fetched before anything flows', () => {
    const screen = render(
      { ...MODEL, state: 'setting up', flow: null, replay: null, activity: 'Fetching Kafka: 12' },
      { width: 80, height: 24 },
    );
    assert.match(screen, /setting up/);
    assert.match(screen, /→ Fetching Kafka: 12/);
    assert.doesNotMatch(screen, /spikes/);
  });

  it('never has a line that wraps or a row too many, whatever it is given', () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 200 });
    const models = fc.record({ about: text, name: text, login: text, alert: text, notice: text });
    const sizes = fc.record({
      width: fc.integer({ min: 1, max: 250 }),
      height: fc.integer({ min: 2, max: 80 }),
    });
    fc.assert(
      fc.property(models, sizes, fc.integer({ min: 0, max: 30 }), (words, size, many) => {
        const model: ScreenModel = {
          ...MODEL,
          about: words.about,
          activity: words.alert,
          parts: Array.from({ length: many }, () => part(words.name)),
          spikes: Array.from({ length: many }, () => ({
            ...MODEL.spikes[0]!,
            login: words.login,
          })),
          alerts: Array.from({ length: many }, () => ({
            ...MODEL.alerts[0]!,
            to: words.name,
            text: words.alert,
          })),
          notices: [words.notice],
        };
        const lines = render(model, size).split('\n');
        assert.ok(lines.length < size.height, `${lines.length} lines`);
        for (const line of lines) assert.ok(line.length <= size.width, `${line.length}: ${line}`);
      }),
    );
  });
});

describe('text of the screen', () => {
  it('draws bars in proportion to the highest', () => {
    assert.equal(sparkline([0, 1, 2, 4, 8], 10), '▁▂▃▅█');
    assert.equal(sparkline([9, 9, 1, 2], 2), '▅█');
    assert.equal(progressBar(0.5, 4), '██░░');
  });

  it('says durations and counts as people do', () => {
    assert.deepEqual(
      [999, 61_000, 7_620_000].map((ms) => duration(ms)),
      ['1 s', '1 min 01 s', '2 h 07 min'],
    );
    assert.deepEqual([count(null), count(0), count(420_543)], ['–', '0', '420,543']);
  });

  it('cuts and fills, and lets nothing through whose width is not known', () => {
    assert.equal(fit('abcdef', 4), 'abc…');
    assert.equal(fit('ab', 4), 'ab  ');
    assert.equal(fit('日本\n', 4), '??? ');
  });
});

describe('table', () => {
  it('lines up words on the left and numbers on the right', () => {
    assert.equal(
      table(
        ['part', 'restarts'],
        [
          ['kafka', '0'],
          ['collector', '12'],
        ],
      ),
      ['part       restarts', 'kafka             0', 'collector        12'].join('\n'),
    );
  });
});

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Disturbances } from './disturbances.ts';
import type { PartEvent } from './part.ts';

const CLOCK = { wallAnchorMs: 1_000, eventAnchorMs: 50_000, speed: 20 };

describe('Disturbances', () => {
  it('writes down ends, pauses and cuts with both times, and nothing else', () => {
    let nowMs = 1_000;
    const disturbances = new Disturbances(() => nowMs);
    const ended = { kind: 'ended', how: 'by SIGKILL', waitMs: 0, wasUp: true } as const;
    const events: PartEvent[] = [
      { ...ended, name: 'processor-2', ordered: 'kill' },
      { ...ended, name: 'database', ordered: 'kill' },
      { ...ended, name: 'collector', ordered: null },
      { ...ended, name: 'prometheus', ordered: null },
      { ...ended, name: 'alerter', wasUp: false, ordered: null },
      { kind: 'up', name: 'collector', pid: 1, tookMs: 1 },
      { kind: 'paused', name: 'kafka-3' },
      { kind: 'resumed', name: 'kafka-3' },
      { kind: 'resumed', name: 'alerter' },
    ];
    for (const event of events) {
      disturbances.onPart(event);
      nowMs += 100;
    }
    disturbances.note('cut', 'collector-twitch', 'collector');
    const shown = disturbances
      .list(CLOCK)
      .map(({ kind, what, service, atWallMs, atMs, lastedMs }) =>
        [kind, what, service, atWallMs, atMs, lastedMs].join(' '),
      );
    assert.deepEqual(shown, [
      'kill processor-2 processor 1000 50000 0',
      'kill database mongodb 1100 52000 0',
      'crash collector collector 1200 54000 0',
      'pause kafka-3 kafka 1600 62000 100',
      'cut collector-twitch collector 1900 68000 0',
    ]);
  });
});

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Window } from '@crest/shared/records/windows-updated';
import { newReaderView, takeWindows } from './zombie-windows.ts';

function second(messages: number, final = true): Window {
  return {
    ...{ spanSeconds: 1, startMs: 1_000, final, observedShare: 1, messages, chatters: 1 },
    ...{ emotes: 0, length: 9, bits: 0, subs: 0, commands: 0, mirrored: 0, counters: {} },
  };
}

describe(takeWindows.name, () => {
  it('keeps the highest revision, and counts what came after it with a lower one', () => {
    const view = newReaderView();
    takeWindows(view, { channelId: '7', revision: 5, windows: [second(2, false)] });
    takeWindows(view, { channelId: '7', revision: 9, windows: [second(4)] });
    takeWindows(view, { channelId: '7', revision: 6, windows: [second(3)] });
    const seen = view.rooms.get('7')?.get('1:1000');
    assert.equal(seen?.revision, 9);
    assert.match(seen.counts, /^\[\[4,/);
    assert.deepEqual([view.stale, view.torn], [1, 0]);
  });

  it('sees when one revision comes twice with different numbers', () => {
    const view = newReaderView();
    takeWindows(view, { channelId: '7', revision: 9, windows: [second(4)] });
    takeWindows(view, { channelId: '7', revision: 9, windows: [second(4)] });
    assert.equal(view.torn, 0);
    takeWindows(view, { channelId: '7', revision: 9, windows: [second(5)] });
    assert.equal(view.torn, 1);
  });
});

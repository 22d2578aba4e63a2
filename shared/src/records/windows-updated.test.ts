import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { WINDOW_COUNTS, type WindowCounts } from './windows-updated.ts';

describe('WINDOW_COUNTS', () => {
  it('names every number of a window: whoever stores or compares them goes by it', () => {
    // Written out, so that a field that is added or taken away has to be named here too.
    const nothing: WindowCounts = {
      messages: 0,
      chatters: 0,
      emotes: 0,
      length: 0,
      bits: 0,
      subs: 0,
      commands: 0,
      mirrored: 0,
      counters: {},
    };
    const { counters: _, ...numbers } = nothing;
    assert.deepEqual(Object.keys(numbers), [...WINDOW_COUNTS]);
  });
});

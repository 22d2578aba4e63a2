import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { windowsUpdatedText } from './windows-updated-text.ts';
import type { Window, WindowsUpdated } from './windows-updated.ts';

const usual = fc.stringMatching(/^[a-z0-9_]{1,25}$/);
const name = fc.oneof({ weight: 9, arbitrary: usual }, { weight: 1, arbitrary: fc.string() });
const number = fc.oneof(fc.nat(100), fc.maxSafeNat());

const window: fc.Arbitrary<Window> = fc.record({
  spanSeconds: fc.constantFrom(1, 10, 60, 3600),
  startMs: number,
  final: fc.boolean(),
  observedShare: fc.oneof(fc.constant(1), fc.double({ min: 0, max: 1, noNaN: true })),
  messages: number,
  chatters: number,
  emotes: number,
  length: number,
  bits: number,
  subs: number,
  commands: number,
  mirrored: number,
  counters: fc.dictionary(name, number, { noNullPrototype: true }),
});

const update: fc.Arbitrary<WindowsUpdated> = fc.record({
  type: fc.constant('windows.updated'),
  version: fc.constant(1),
  channelId: name,
  channelLogin: name,
  revision: number,
  watermarkMs: number,
  windows: fc.array(window, { maxLength: 4 }),
});

describe(windowsUpdatedText.name, () => {
  it('prints what JSON.stringify prints', () => {
    fc.assert(
      fc.property(update, (record) => {
        assert.equal(windowsUpdatedText(record), JSON.stringify(record));
      }),
      { numRuns: 500 },
    );
  });
});

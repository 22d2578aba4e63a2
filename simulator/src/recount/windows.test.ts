import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { ledgerOf, lineOf, ROOM } from '../../tests/_util/ledger-lines.ts';
import type { LedgerLine } from '../ledger/ledger-line.ts';
import { readLedgerBook } from './ledger-book.ts';
import type { WantedPhrase } from './room-book.ts';
import { recountWindows, type CountedSpan, type RecountedWindow } from './windows.ts';

const NO_COUNTS = {
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

const ALWAYS: readonly CountedSpan[] = [{ fromMs: 0, toMs: null }];
const GG: WantedPhrase = { counterId: 'gg', phrase: 'gg' };

async function recount(
  lines: readonly LedgerLine[],
  spanSeconds: number,
  spans: readonly CountedSpan[] = ALWAYS,
): Promise<RecountedWindow[]> {
  const book = await readLedgerBook(ledgerOf(lines), [GG]);
  const room = book.rooms.get(ROOM.id);
  assert.ok(room);
  const counterSpans = new Map([['gg', spans]]);
  return recountWindows(room, { spanSeconds, counterSpans, isChosen: () => true });
}

describe('recountWindows', () => {
  const cases: readonly [string, LedgerLine[], Partial<RecountedWindow>[]][] = [
    [
      'counts a message in its second',
      [lineOf({ atMs: 5_999, text: 'héllo 😀', emotes: 2, bits: 100 })],
      [{ startMs: 5_000, messages: 1, chatters: 1, length: 7, emotes: 2, bits: 100 }],
    ],
    [
      'begins a window with the first millisecond of a second',
      [lineOf({ atMs: 5_999 }), lineOf({ atMs: 6_000 })],
      [
        { startMs: 5_000, messages: 1, chatters: 1, length: 5 },
        { startMs: 6_000, messages: 1, chatters: 1, length: 5 },
      ],
    ],
    [
      'counts each chatter once in a window',
      [
        lineOf({ atMs: 5_000, userId: 'ann' }),
        lineOf({ atMs: 5_001, userId: 'ann' }),
        lineOf({ atMs: 5_002, userId: 'bob' }),
      ],
      [{ startMs: 5_000, messages: 3, chatters: 2, length: 15 }],
    ],
    [
      'counts a line once, however often its id comes',
      [lineOf({ atMs: 5_000, id: 'x' }), lineOf({ atMs: 5_500, id: 'x' })],
      [{ startMs: 5_000, messages: 1, chatters: 1, length: 5 }],
    ],
    [
      'counts a copy from a shared chat as mirrored and as nothing else',
      [lineOf({ atMs: 5_000, mirrored: true, bits: 7, emotes: 1, text: '!gg' })],
      [{ startMs: 5_000, mirrored: 1 }],
    ],
    [
      'counts a subscription, but not the message that came with it',
      [lineOf({ atMs: 5_000, command: 'USERNOTICE', msgId: 'resub', text: 'hi', emotes: 1 })],
      [{ startMs: 5_000, subs: 1 }],
    ],
    [
      'counts neither the announcement of gifts, nor other notices, nor deletions',
      [
        lineOf({ atMs: 5_000, command: 'USERNOTICE', msgId: 'submysterygift' }),
        lineOf({ atMs: 5_001, command: 'USERNOTICE', msgId: 'raid' }),
        lineOf({ atMs: 5_002, command: 'CLEARCHAT', id: '', target: '' }),
      ],
      [],
    ],
    [
      'counts no mirrored subscription',
      [lineOf({ atMs: 5_000, command: 'USERNOTICE', msgId: 'sub', mirrored: true })],
      [],
    ],
    [
      'counts a command where the text begins with an exclamation mark',
      [lineOf({ atMs: 5_000, text: '!so' }), lineOf({ atMs: 5_001, text: 'a !so' })],
      [{ startMs: 5_000, messages: 2, chatters: 1, length: 8, commands: 1 }],
    ],
    [
      'counts an empty text as a message',
      [lineOf({ atMs: 5_000, text: '' })],
      [{ startMs: 5_000, messages: 1, chatters: 1 }],
    ],
    [
      'puts late lines where their stamp says',
      [lineOf({ atMs: 6_000 }), lineOf({ atMs: 5_000 }), lineOf({ atMs: 6_001 })],
      [
        { startMs: 5_000, messages: 1, chatters: 1, length: 5 },
        { startMs: 6_000, messages: 2, chatters: 1, length: 10 },
      ],
    ],
    [
      'counts a message with the phrase once',
      [lineOf({ atMs: 5_000, text: 'gg GG' }), lineOf({ atMs: 5_001, text: 'egg' })],
      [{ startMs: 5_000, messages: 2, chatters: 1, length: 8, counters: { gg: 1 } }],
    ],
  ];
  for (const [name, lines, windows] of cases) {
    it(name, async () => {
      const expected = windows.map((each) => ({ spanSeconds: 1, ...NO_COUNTS, ...each }));
      assert.deepEqual(await recount(lines, 1), expected);
    });
  }

  it('counts a phrase only while its counter counts', async () => {
    const lines = [4_999, 5_000, 6_999, 7_000].map((atMs) => lineOf({ atMs, text: 'gg' }));
    const windows = await recount(lines, 10, [{ fromMs: 5_000, toMs: 7_000 }]);
    assert.deepEqual(
      windows.map(({ messages, counters }) => ({ messages, counters })),
      [{ messages: 4, counters: { gg: 2 } }],
    );
  });

  it('leaves out lines that are not chosen, in counters too', async () => {
    const lines = [5_000, 5_001, 5_002].map((atMs) => lineOf({ atMs, text: 'gg' }));
    const book = await readLedgerBook(ledgerOf(lines), [GG]);
    const room = book.rooms.get(ROOM.id);
    assert.ok(room);
    const counterSpans = new Map([['gg', ALWAYS]]);
    const choice = { spanSeconds: 1, counterSpans, isChosen: (index: number) => index !== 1 };
    const [window] = recountWindows(room, choice);
    assert.equal(window?.messages, 2);
    assert.deepEqual(window?.counters, { gg: 2 });
  });

  it('says the same as filtering all lines again for every window', async () => {
    const line = fc.record({
      atMs: fc.integer({ min: 0, max: 130_000 }),
      userId: fc.constantFrom('ann', 'bob', 'cyd'),
      text: fc.constantFrom('', 'gg', '!gg', 'gg wp', 'no'),
      emotes: fc.integer({ min: 0, max: 3 }),
      bits: fc.constantFrom(0, 0, 50),
      mirrored: fc.boolean(),
      kind: fc.constantFrom('message', 'sub', 'raid'),
    });
    const property = fc.asyncProperty(
      fc.array(line, { maxLength: 40 }),
      fc.constantFrom(1, 10, 60),
      async (facts, spanSeconds) => {
        const lines = facts.map(({ kind, ...rest }, index) =>
          lineOf({
            ...rest,
            id: `id-${index}`,
            ...(kind === 'message' ? {} : { command: 'USERNOTICE', msgId: kind }),
          }),
        );
        assert.deepEqual(await recount(lines, spanSeconds), naive(lines, spanSeconds));
      },
    );
    await fc.assert(property);
  });
});

/** The same, without any care for speed or memory. */
function naive(lines: readonly LedgerLine[], spanSeconds: number): RecountedWindow[] {
  const startOf = ({ atMs }: LedgerLine): number => atMs - (atMs % (spanSeconds * 1_000));
  const starts = [...new Set(lines.map(startOf))].sort((a, b) => a - b);
  const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
  const windows = starts.map((startMs) => {
    const within = lines.filter((line) => startOf(line) === startMs);
    const own = within.filter((line) => !line.mirrored);
    const messages = own.filter((line) => line.command === 'PRIVMSG');
    const gg = messages.filter((line) => / gg /i.test(` ${line.text} `)).length;
    return {
      spanSeconds,
      startMs,
      messages: messages.length,
      chatters: new Set(messages.map((line) => line.userId)).size,
      emotes: sum(messages.map((line) => line.emotes)),
      length: sum(messages.map((line) => [...line.text].length)),
      bits: sum(messages.map((line) => line.bits)),
      subs: own.filter((line) => line.msgId === 'sub').length,
      commands: messages.filter((line) => line.text.startsWith('!')).length,
      mirrored: within.filter((line) => line.mirrored && line.command === 'PRIVMSG').length,
      counters: gg > 0 ? { gg } : {},
    };
  });
  return windows.filter(({ messages, subs, mirrored }) => messages + subs + mirrored > 0);
}

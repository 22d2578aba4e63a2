import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  LEDGER_COMMANDS,
  type LedgerEntry,
  parseLedgerEntry,
  printLedgerEntry,
} from './ledger-line.ts';
import { readLedger } from './ledger-reader.ts';
import { openLedger } from './ledger-writer.ts';

const digits = fc.nat().map(String);

const line: fc.Arbitrary<LedgerEntry> = fc.record(
  {
    kind: fc.constant('line' as const),
    room: digits,
    id: fc.uuid(),
    atMs: fc.nat(),
    wallMs: fc.nat(),
    command: fc.constantFrom(...LEDGER_COMMANDS),
    msgId: fc.string(),
    userId: digits,
    target: fc.oneof(digits, fc.uuid()),
    text: fc.string({ unit: 'binary' }).map((text) => text.toWellFormed()),
    action: fc.constant(true as const),
    bits: fc.nat(),
    emotes: fc.nat(),
    mirrored: fc.boolean(),
    readers: fc.nat(),
    trueAtMs: fc.nat(),
  },
  {
    noNullPrototype: true,
    requiredKeys: ['kind', 'room', 'id', 'atMs', 'wallMs', 'command', 'userId', 'text', 'bits', 'emotes', 'mirrored', 'readers'],
  },
); // prettier-ignore

async function readAll(path: string): Promise<LedgerEntry[]> {
  const entries: LedgerEntry[] = [];
  for await (const entry of readLedger(path)) entries.push(entry);
  return entries;
}

function inDirectory(): Disposable & { path: string } {
  const directory = mkdtempSync(join(tmpdir(), 'crest-ledger-'));
  return {
    path: join(directory, 'deep', 'ledger.ndjson'),
    [Symbol.dispose]: () => rmSync(directory, { recursive: true }),
  };
}

describe(parseLedgerEntry.name, () => {
  it('reads back what was printed', () => {
    fc.assert(
      fc.property(line, (entry) => {
        assert.deepEqual(parseLedgerEntry(printLedgerEntry(entry)), { ok: true, value: entry });
      }),
    );
  });

  for (const wrong of ['', 'x', '{}', '{"kind":"line"}', '{"kind":"riddle"}']) {
    it(`gives a reason why ${JSON.stringify(wrong)} is none`, () => {
      assert.equal(parseLedgerEntry(wrong).ok, false);
    });
  }
});

describe(openLedger.name, () => {
  it('keeps every entry in its order, whatever the texts hold', async () => {
    using place = inDirectory();
    const entries = fc.sample(line, { numRuns: 3_000, seed: 1 });
    const ledger = openLedger(place.path);
    for (const entry of entries) ledger.write(entry);
    ledger.close();
    ledger.close();
    assert.deepEqual(await readAll(place.path), entries);
  });
});

describe(readLedger.name, () => {
  it('leaves out a last line that is still being written', async () => {
    using place = inDirectory();
    openLedger(place.path).close();
    writeFileSync(place.path, '{"kind":"start","atMs":1,"wallMs":2}\n{"kind":"st');
    assert.deepEqual(await readAll(place.path), [{ kind: 'start', atMs: 1, wallMs: 2 }]);
  });

  it('names the line that is not a ledger entry', async () => {
    using place = inDirectory();
    openLedger(place.path).close();
    writeFileSync(place.path, '{"kind":"start","atMs":1,"wallMs":2}\n{"kind":"riddle"}\n');
    await assert.rejects(readAll(place.path), /line 2/);
  });
});

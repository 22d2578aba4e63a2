/** Ledger entries for tests: only what a test is about needs to be said. */
import type { LedgerEntry, LedgerLine } from '../../src/ledger/ledger-line.ts';

export const ROOM = { id: '1001', login: 'alpha' } as const;

/** A line of chat; `id` follows from its facts unless it is given. */
export function lineOf(facts: Partial<LedgerLine> & Pick<LedgerLine, 'atMs'>): LedgerLine {
  return {
    kind: 'line',
    room: ROOM.id,
    id: `id-${facts.atMs}-${facts.userId ?? 'ann'}`,
    wallMs: facts.atMs + 5,
    command: 'PRIVMSG',
    userId: 'ann',
    text: 'hello',
    bits: 0,
    emotes: 0,
    mirrored: false,
    readers: 1,
    ...facts,
  };
}

/** A whole ledger of these lines. */
export function ledgerOf(
  lines: readonly LedgerLine[],
  rooms: readonly { id: string; login: string }[] = [ROOM],
): LedgerEntry[] {
  const atMs = Math.min(...lines.map((line) => line.atMs), 0);
  const wallMs = Math.max(...lines.map((line) => line.wallMs), 0);
  return [
    { kind: 'run', runId: 'test', seed: 1, mode: 'world', clock: 'wall', rooms: [...rooms] },
    { kind: 'start', atMs, wallMs: atMs },
    ...lines,
    { kind: 'end', atMs: wallMs, wallMs, lines: lines.length },
  ];
}

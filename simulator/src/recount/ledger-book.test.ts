import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ledgerOf, lineOf, ROOM } from '../../tests/_util/ledger-lines.ts';
import { readLedgerBook } from './ledger-book.ts';

describe('readLedgerBook', () => {
  it('keeps messages and notices, and no deletions', async () => {
    const lines = [
      lineOf({ atMs: 1, id: 'a' }),
      lineOf({ atMs: 2, id: 'b', command: 'USERNOTICE', msgId: 'raid' }),
      lineOf({ atMs: 3, id: '', command: 'CLEARCHAT' }),
      lineOf({ atMs: 4, id: '', command: 'CLEARMSG', target: 'a' }),
    ];
    const room = (await readLedgerBook(ledgerOf(lines), [])).rooms.get(ROOM.id);
    assert.deepEqual([...(room?.ids() ?? [])], ['a', 'b']);
  });

  it('knows rooms in which nothing was said', async () => {
    const book = await readLedgerBook(ledgerOf([], [ROOM, { id: '2', login: 'beta' }]), []);
    assert.deepEqual([...book.rooms.keys()], [ROOM.id, '2']);
    assert.equal(book.rooms.get('2')?.lines, 0);
  });

  it('keeps more lines than a column begins with', async () => {
    const lines = Array.from({ length: 1_000 }, (_, each) => lineOf({ atMs: each, id: `${each}` }));
    const room = (await readLedgerBook(ledgerOf(lines), [])).rooms.get(ROOM.id);
    assert.equal(room?.lines, 1_000);
    assert.equal(room?.atMs.at(999), 999);
    assert.equal(room?.indexOf('999'), 999);
  });

  it('says when lines began and ended', async () => {
    const book = await readLedgerBook(ledgerOf([lineOf({ atMs: 7, wallMs: 9 })]), []);
    assert.equal(book.start?.wallMs, 0);
    assert.equal(book.end?.wallMs, 9);
  });

  it('refuses a ledger that does not begin with its run', async () => {
    await assert.rejects(readLedgerBook([lineOf({ atMs: 1 })], []), /begin with its run/);
    await assert.rejects(readLedgerBook([], []), /empty/);
  });

  it('refuses a line of a room that the run lacks', async () => {
    const lines = [lineOf({ atMs: 1, room: '9' })];
    await assert.rejects(readLedgerBook(ledgerOf(lines), []), /no room 9/);
  });
});

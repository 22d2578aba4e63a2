import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { openDatabase, type Database } from '@crest/shared/mongo';
import { testMongoUrl, uniqueName } from '@crest/shared/testing/test-servers';
import { MongoBulkWriteError, type Collection, type Db } from 'mongodb';
import { SimStore } from '../src/simulate/sim-store.ts';
import type { Host } from '../src/simulate/virtual-time.ts';
import { Wire } from '../src/simulate/wire.ts';

interface Thing {
  _id: string;
  revision?: number;
  state?: string;
  at?: number;
  tries?: number;
  lease?: { owner: string; untilMs: number } | null;
}

type Act = (things: Collection<Thing>) => Promise<unknown>;

const replace = (_id: string, revision: number) => ({
  replaceOne: {
    filter: { _id, revision: { $lt: revision } },
    replacement: { _id, revision },
    upsert: true,
  },
});

/** Every form of call that the services make, on the same documents one after the other. */
const ACTS: Readonly<Record<string, Act>> = {
  'inserts many, one of them twice': (things) =>
    things.insertMany([{ _id: 'a' }, { _id: 'b', at: 3 }, { _id: 'a' }, { _id: 'c', at: 1 }], {
      ordered: false,
    }),
  'stops at the first error where the order counts': (things) =>
    things.insertMany([{ _id: 'b' }, { _id: 'd' }]),
  'replaces by revision, and meets its own key': (things) =>
    things.bulkWrite([replace('w', 5), replace('w', 3), replace('v', 1)], { ordered: false }),
  'raises a number, making the document': (things) =>
    things.findOneAndUpdate(
      { _id: 'head' },
      { $inc: { tries: 1 }, $setOnInsert: { state: 'new' } },
      { upsert: true, returnDocument: 'after' },
    ),
  'raises it again and shows what was before': (things) =>
    things.findOneAndUpdate(
      { _id: 'head' },
      { $inc: { tries: 1 }, $setOnInsert: { state: 'other' } },
      { upsert: true, returnDocument: 'before' },
    ),
  'changes what is first in an order': (things) =>
    things.findOneAndUpdate(
      { at: { $gte: 0, $lte: 9 } },
      { $set: { lease: { owner: 'x', untilMs: 4 } } },
      { sort: { at: 1 }, returnDocument: 'after' },
    ),
  'finds by a path, and by what is not among ids': (things) =>
    things.find({ _id: { $nin: ['a'] }, 'lease.untilMs': { $lte: 4 } }).toArray(),
  'changes by a path': (things) =>
    things.updateMany({ _id: { $in: ['b', 'c'] } }, { $set: { 'lease.owner': 'y' } }),
  'replaces one that is not there': (things) => things.replaceOne({ _id: 'n', at: 1 }, { at: 2 }),
  'replaces one that is there': (things) => things.replaceOne({ _id: 'b', at: 3 }, { at: 4 }),
  counts: (things) => things.countDocuments({ at: { $gte: 1 } }),
  'removes what a range of keys holds': (things) =>
    things.deleteMany({ _id: { $gte: 'a', $lt: 'b' } }),
  'shows all in the end': (things) => things.find({}, { sort: { _id: 1 } }).toArray(),
};

describe('the simulated database', () => {
  let database: Database;
  before(async () => {
    database = await openDatabase({ url: testMongoUrl(), database: uniqueName('sim-store') });
  });
  after(async () => {
    await database.db.dropDatabase();
    await database.close();
  });

  it('answers as the real one does', async () => {
    const real = database.db.collection<Thing>('things');
    const { db, settle } = simulated();
    const pretend = db.collection<Thing>('things');
    for (const [name, act] of Object.entries(ACTS)) {
      const expected = await outcomeOf(act(real));
      const found = outcomeOf(act(pretend));
      settle();
      assert.deepEqual(await found, expected, name);
    }
  });
});

function simulated(): { db: Db; settle: () => void } {
  const host: Host = { name: 'test', state: 'up' };
  const chance = (): number => 0;
  const wire = new Wire({ fates: new Map(), random: chance, nowMs: chance, delayMs: chance });
  const settle = (): void => {
    for (const operation of wire.waiting()) wire.carryOut(operation);
    for (const operation of wire.answerable()) wire.answer(operation);
  };
  return { db: new SimStore().connect(host, wire), settle };
}

/** What callers look at: documents, how many matched, and which writes failed of what. */
async function outcomeOf(answer: Promise<unknown>): Promise<unknown> {
  try {
    const value = (await answer) as { matchedCount?: number; acknowledged?: boolean } | null;
    return value?.acknowledged === undefined ? value : { matched: value.matchedCount ?? null };
  } catch (error) {
    if (!(error instanceof MongoBulkWriteError)) throw error;
    const errors = [error.writeErrors].flat().map(({ code, index }) => ({ code, index }));
    return { errors, journal: error.result.getWriteConcernError() ?? null };
  }
}

/**
 * Promises broken on purpose: each wraps a port so that one guard or one order is gone. A simulation
 * that does not notice them would prove nothing.
 */
import type { RecordProducer } from '@crest/shared/kafka/port';
import type { Db } from 'mongodb';
import type { Handover, Mutation } from './services.ts';

type Method = (...args: readonly unknown[]) => unknown;

/** Replaces methods of one collection; `original` is the method as it was. */
function onCollection(
  name: string,
  methods: Readonly<Record<string, (original: Method, args: readonly unknown[]) => unknown>>,
): Mutation {
  const db = (real: Db): Db => {
    const collection = (wanted: string): object => {
      const original = real.collection(wanted) as unknown as Record<string, Method>;
      return wanted === name ? replacing(original, methods) : original;
    };
    return { collection } as unknown as Db;
  };
  return { db };
}

function replacing(
  original: Record<string, Method>,
  methods: Readonly<Record<string, (original: Method, args: readonly unknown[]) => unknown>>,
): object {
  return new Proxy(original, {
    get: (target, property) => {
      const method = target[property as string]?.bind(target);
      const other = methods[property as string];
      if (method === undefined || other === undefined) return method;
      return (...args: readonly unknown[]) => other(method, args);
    },
  });
}

// The answer comes before anything was done.
function answeredAtOnce(original: Method, args: readonly unknown[]): unknown {
  Promise.resolve(original(...args)).catch(() => undefined);
  return Promise.resolve({ acknowledged: true, matchedCount: 1, insertedCount: 1 });
}

function withoutRevision(original: Method, [operations, ...rest]: readonly unknown[]): unknown {
  const unguarded = (operations as readonly BulkStep[]).map((step) => {
    const [kind, body] = Object.entries(step)[0] ?? ['', {}];
    const { document, replacement, ...others } = body as Record<string, { _id: unknown }>;
    const whole = replacement ?? document;
    if (whole === undefined) return { [kind]: { ...others, filter: { _id: 0 } } };
    return { replaceOne: { filter: { _id: whole._id }, replacement: whole, upsert: true } };
  });
  return original(unguarded, ...rest);
}

type BulkStep = Readonly<Record<string, unknown>>;

const producerThatForgets: Mutation = {
  producer: (real: RecordProducer): RecordProducer => ({
    send: (records) => {
      real.send(records).catch(() => undefined);
      return Promise.resolve();
    },
    close: () => real.close(),
  }),
};

/** Lines that were handed over before come under a new id, as if ids were not looked at. */
const idsNotLookedAt: Mutation = {
  handover: (): Handover => {
    const seen = new Map<string, number>();
    return (record) => {
      const text = record.value?.toString('utf8') ?? '';
      if (!text.includes('"chat.message"')) return record;
      const first = seen.get(text) ?? record.offset;
      seen.set(text, first);
      if (first === record.offset) return record;
      const renamed = text.replace('"id":"', `"id":"again-${record.offset}-`);
      return { ...record, value: Buffer.from(renamed) };
    };
  },
};

/** Every mutation by what it breaks. */
export const MUTATIONS: Readonly<Record<string, Mutation>> = {
  'messages count as stored before they are': onCollection('messageBuckets', {
    insertMany: answeredAtOnce,
  }),
  'windows count as stored before they are': onCollection('windows10s', {
    insertMany: answeredAtOnce,
    bulkWrite: answeredAtOnce,
  }),
  'records count as sent before they are': producerThatForgets,
  'a state is saved whoever owns the partition, and however old it is': onCollection('snapshots', {
    replaceOne: (original, [filter, ...rest]) => {
      const { _id } = filter as { _id: unknown };
      return original({ _id }, ...rest);
    },
  }),
  'windows go back to lower revisions': onCollection('windows10s', {
    bulkWrite: withoutRevision,
    insertMany: (_, args) => Promise.resolve(args).then(() => ({ acknowledged: true })),
  }),
  'repeated lines are taken for new': idsNotLookedAt,
  'alerts count as in the outbox before they are': onCollection('outbox', {
    insertMany: answeredAtOnce,
    bulkWrite: answeredAtOnce,
  }),
  'alerts in the outbox are not looked up, nor their ids': onCollection('outbox', {
    find: () => ({ toArray: () => Promise.resolve([]) }),
    insertMany: (original, [documents, ...rest]) => {
      const fresh = (documents as readonly { _id: string }[]).map((document) => ({
        ...document,
        _id: `${document._id}|${Math.random()}`,
      }));
      return original(fresh, ...rest);
    },
  }),
  'sends are claimed while another has them': onCollection('outbox', {
    findOneAndUpdate: (original, [filter, ...rest]) => {
      const wanted = Object.fromEntries(
        Object.entries(filter as object).filter(([name]) => name !== 'lease.untilMs'),
      );
      return original(wanted, ...rest);
    },
  }),
  'an outcome is not written': onCollection('outbox', {
    updateOne: () => Promise.resolve({ acknowledged: true, matchedCount: 1 }),
  }),
  'an alerter skips a record after its snapshot': onCollection('alertSnapshots', {
    findOneAndUpdate: (original, [filter, update, options]) => {
      const { $set } = update as { $set?: { nextOffsets?: { nextOffset: number }[] } };
      if ($set?.nextOffsets === undefined) return original(filter, update, options);
      const nextOffsets = $set.nextOffsets.map((each) => ({
        ...each,
        nextOffset: each.nextOffset + 1,
      }));
      return original(filter, { ...(update as object), $set: { ...$set, nextOffsets } }, options);
    },
  }),
};

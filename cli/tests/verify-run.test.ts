/**
 * The judgement against a real broker and database: a hand-made run is written there by the
 * processor's own forms of documents, and must be found as it is.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { bucketKey, slotOf } from '@crest/processor/core/line-buckets';
import { storedMessageOf } from '@crest/processor/core/stored-message';
import { tenDocument, windowDocument } from '@crest/processor/store/window-documents';
import { createKafka } from '@crest/shared/kafka/kafkajs';
import { createLogger } from '@crest/shared/logger';
import { openDatabase, type Database } from '@crest/shared/mongo';
import type { Window, WindowSpanSeconds } from '@crest/shared/records/windows-updated';
import { testKafkaBrokers, testMongoUrl, uniqueName } from '@crest/shared/testing/test-servers';
import { topicNames } from '@crest/shared/topics';
import { encodeInboxEntry } from '@crest/simulator/inbox/inbox-entry';
import { printLedgerEntry } from '@crest/simulator/ledger/ledger-line';
import { printReport } from '../src/verify/print-report.ts';
import type { StoredWindow } from '../src/verify/compare-windows.ts';
import { verifyRun, type VerifyOptions } from '../src/verify/verify-run.ts';
import { handMadeRun, PARTITION, type HandMadeRun } from './_util/hand-made-run.ts';

const PARTITIONS = 4;
const LINE = {
  type: 'chat.message',
  version: 1,
  channelLogin: '',
  clampedFromMs: null,
  userId: '1',
  userLogin: 'one',
  userName: 'One',
  text: 'hi',
  isAction: false,
  bits: 0,
  emotes: 0,
  mirroredFrom: null,
  replyTo: null,
  tags: {},
} as const;

describe('verifyRun', () => {
  const dir = mkdtempSync(join(tmpdir(), 'crest-verify-'));
  const log = createLogger('test', 'silent');
  const names = { topicPrefix: `${uniqueName('verify')}.`, database: uniqueName('verify') };
  const options: VerifyOptions = {
    ledgerFile: join(dir, 'ledger.ndjson'),
    inboxFile: join(dir, 'inbox.ndjson'),
    mongodb: { url: testMongoUrl(), database: names.database },
    kafka: {
      brokers: testKafkaBrokers().split(','),
      topicPrefix: names.topicPrefix,
      partitions: PARTITIONS,
    },
    log,
    alerterKills: 0,
    restarts: 2,
  };
  let database: Database;
  let run: HandMadeRun;

  before(async () => {
    // The real detector needs minutes of history before it finds anything.
    run = withoutSpikes(await handMadeRun());
    database = await openDatabase(options.mongodb);
    await writeDocuments(database, run);
    await writeEvents(options, run);
    writeFileSync(options.ledgerFile, run.ledger.map(printLedgerEntry).join(''));
    writeFileSync(
      options.inboxFile,
      run.inbox.map((entry) => `${encodeInboxEntry(entry)}\n`).join(''),
    );
  });

  after(async () => {
    await database.db.dropDatabase();
    await database.close();
    rmSync(dir, { recursive: true });
  });

  it('finds a faultless run faultless', async () => {
    const steps = new Set<string>();
    const report = await verifyRun({ ...options, onProgress: ({ doing }) => steps.add(doing) });
    const { promises, examples, ...figures } = report;
    assert.deepEqual(examples, {});
    assert.ok(promises.every(({ held }) => held));
    assert.equal(figures.sent, 14);
    assert.equal(figures.stored, 14);
    assert.deepEqual(figures.windows, { expected: 19, equal: 19, touched: 0, unexpected: 0 });
    assert.equal(figures.alerts.delivered, 5);
    assert.equal(figures.restarts, 2);
    assert.deepEqual(figures.latencyMs.stored, { p50: 40, p99: 40 });
    assert.ok(steps.has('comparing windows'));
    assert.match(printReport(report), /19 expected, 19 equal/);
  });

  it('sees what is missing, what is too much and what cannot be read', async () => {
    const { db } = database;
    const [first] = run.messages;
    const [bucket] = bucketsOf(run.messages.slice(0, 1));
    assert.equal(first?.messageId, bucket?.messages[0]?.id);
    await db.collection<{ _id: string }>('messageBuckets').deleteOne({ _id: bucket?._id ?? '' });
    await db.collection<{ _id: string }>('windows1m').insertOne({ _id: '999:0' });
    await db.collection<{ _id: string }>('gaps').insertOne({ _id: 'no gap' });
    const report = await verifyRun(options);
    assert.equal(report.lost, 1);
    assert.equal(report.windows.unexpected, 1);
    assert.equal(report.examples.unreadable?.length, 1);
    const broken = report.promises.filter(({ held }) => !held).map(({ name }) => name);
    assert.deepEqual(broken, ['nothing lost', 'every window right', 'everything readable']);
    assert.match(printReport(report), /BROKEN {2}nothing lost \(lost 1\)/);
  });
});

function withoutSpikes(run: HandMadeRun): HandMadeRun {
  const isSpike = (alertId = ''): boolean => alertId.startsWith('spike');
  return {
    ...run,
    spikes: [],
    rules: run.rules.filter(({ _id }) => !isSpike(_id)),
    outbox: run.outbox.filter(({ alertId }) => !isSpike(alertId)),
    inbox: run.inbox.filter((entry) => !isSpike(entry.messageAttributes['alertId'])),
  };
}

async function writeEvents({ kafka, log }: VerifyOptions, run: HandMadeRun): Promise<void> {
  const { brokers, topicPrefix, partitions } = kafka;
  const cluster = createKafka({ brokers, clientId: 'test', sessionTimeoutMs: 6_000, log });
  const topic = topicNames(topicPrefix).channelEvents;
  const admin = await cluster.admin();
  await admin.ensureTopics([{ name: topic, partitions, replicationFactor: 1, config: {} }]);
  await admin.close();
  const producer = await cluster.producer();
  await producer.send(run.events.map((event) => ({ ...event, topic, partition: PARTITION })));
  await producer.close();
}

async function writeDocuments({ db }: Database, run: HandMadeRun): Promise<void> {
  const put = (name: string, documents: readonly object[]) =>
    db.collection(name).insertMany(documents.map((document) => ({ ...document })));
  await put('messageBuckets', bucketsOf(run.messages));
  await put('windows10s', run.windows.filter(isOf(10)).map(tenOf(run)));
  for (const [name, span] of [
    ['windows1m', 60],
    ['windows1h', 3600],
  ] as const) {
    await put(
      name,
      run.windows.filter(isOf(span)).map((each) => windowDocument(factsOf(each), windowOf(each))),
    );
  }
  await put('storeAcks', run.acks);
  await put('rules', run.rules);
  await put('themes', run.themes);
  await put(
    'outbox',
    run.outbox.map(({ alertId, second, destination, ...rest }) => ({
      _id: alertId,
      ...rest,
      episodeAtMs: second * 1_000,
      destination: destinationOf(destination),
    })),
  );
}

/** A bucket for each line, in the processor's own form. */
function bucketsOf(messages: HandMadeRun['messages']) {
  return messages.map(({ documentId, roomId, messageId, partition, offset }) => {
    const atMs = Number(documentId.split(':')[1]);
    const record = { ...LINE, channelId: roomId, id: messageId, atMs };
    const lines = [storedMessageOf(record, offset)];
    const channel = { channelId: roomId, channelLogin: '', partition };
    const _id = bucketKey({ ...channel, slotMs: slotOf(atMs), lines, units: 0 });
    return { _id, ...channel, messages: lines };
  });
}

type InRoom = StoredWindow & { roomId: string };

const isOf =
  (spanSeconds: number) =>
  (window: InRoom): boolean =>
    window.spanSeconds === spanSeconds;

const factsOf = ({ roomId }: InRoom) => ({ channelId: roomId, channelLogin: 'login', revision: 1 });

function windowOf({ roomId: _, ...window }: InRoom): Window {
  return { ...window, spanSeconds: window.spanSeconds as WindowSpanSeconds, final: true };
}

const tenOf = (run: HandMadeRun) => (ten: InRoom) => {
  const seconds = Array.from({ length: 10 }, (_, at) => {
    const startMs = ten.startMs + at * 1_000;
    const found = run.windows.find(
      (each) => each.spanSeconds === 1 && each.roomId === ten.roomId && each.startMs === startMs,
    );
    return found === undefined ? null : windowOf(found);
  });
  const secondShares = seconds.map(() => 1);
  return tenDocument(factsOf(ten), { window: windowOf(ten), seconds, secondShares });
};

function destinationOf(key: string): object {
  const [kind, endpoint] = key.split(':');
  if (kind === 'email') return { kind, address: endpoint, subscriber: 'ann' };
  return kind === 'sms' ? { kind, phone: endpoint } : { kind: 'theme', theme: 'all' };
}

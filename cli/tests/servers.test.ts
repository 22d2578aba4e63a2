import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { Kafka, logLevel } from 'kafkajs';
import { MongoClient } from 'mongodb';
import { endLeftOvers, readChildren } from '../src/servers/child-registry.ts';
import { startKafka, type KafkaServer } from '../src/servers/kafka-server.ts';
import { startMongo, type MongoServer } from '../src/servers/mongo-server.ts';
import { processStart } from '../src/servers/process-identity.ts';
import { ensureKafka } from '../src/setup/kafka.ts';
import { ensureMongo } from '../src/setup/mongo.ts';
import { silentProgress } from '../src/setup/progress.ts';
import { cacheDirectory, type SetupContext } from '../src/setup/setup-context.ts';

const context: SetupContext = {
  cacheDir: cacheDirectory(process.env),
  env: process.env,
  progress: silentProgress,
  signal: undefined,
};

let dir: string;
before(async () => {
  dir = await mkdtemp(join(tmpdir(), 'crest-servers-'));
});
after(async () => {
  await endLeftOvers(dir);
  await rm(dir, { recursive: true, force: true });
});

describe(startKafka.name, () => {
  it('keeps what it acknowledged through a kill -9, and comes back on its ports', async () => {
    const start = async () =>
      startKafka({
        install: await ensureKafka(context),
        dataDir: join(dir, 'kafka'),
        registryDir: dir,
      });
    const first = await start();
    await produce(first, ['one', 'two']);
    const exit = await first.kill();
    assert.equal(exit.signal, 'SIGKILL');

    const second = await start();
    assert.equal(second.brokers, first.brokers);
    assert.deepEqual(await consume(second, 2), ['one', 'two']);
    assert.deepEqual(
      readChildren(dir).map(({ name, pid }) => ({ name, pid })),
      [{ name: 'kafka', pid: second.pid }],
    );

    const stopped = await second.stop();
    assert.notEqual(stopped.signal, 'SIGKILL');
    assert.deepEqual(readChildren(dir), []);
    assert.equal(processStart(second.pid), undefined);
  });
});

describe(startMongo.name, () => {
  it('keeps journaled writes through a kill -9, and comes back on its port', async () => {
    const start = async () =>
      startMongo({
        install: await ensureMongo(context),
        dataDir: join(dir, 'mongo'),
        registryDir: dir,
      });
    const first = await start();
    await insert(first, [{ _id: 'a' }, { _id: 'b' }]);
    await first.kill();

    const second = await start();
    assert.equal(second.url, first.url);
    assert.deepEqual(await findIds(second), ['a', 'b']);
    await second.stop();
    assert.equal(processStart(second.pid), undefined);
  });
});

function clientOf(server: KafkaServer): Kafka {
  return new Kafka({
    brokers: [server.brokers],
    logLevel: logLevel.NOTHING,
    retry: { initialRetryTime: 100, retries: 12 },
  });
}

async function produce(server: KafkaServer, values: readonly string[]): Promise<void> {
  const kafka = clientOf(server);
  const admin = kafka.admin();
  await admin.connect();
  await admin.createTopics({ topics: [{ topic: 'kept', numPartitions: 1 }] });
  await admin.disconnect();
  const producer = kafka.producer();
  await producer.connect();
  await producer.send({
    topic: 'kept',
    acks: -1,
    messages: values.map((value) => ({ value, partition: 0 })),
  });
  await producer.disconnect();
}

async function consume(server: KafkaServer, count: number): Promise<readonly string[]> {
  const consumer = clientOf(server).consumer({ groupId: 'reader', sessionTimeout: 6_000 });
  await consumer.connect();
  await consumer.subscribe({ topic: 'kept', fromBeginning: true });
  const values: string[] = [];
  await new Promise<void>((resolve, reject) => {
    const take = async ({ message }: { message: { value: Buffer | null } }) => {
      values.push(String(message.value));
      if (values.length === count) resolve();
    };
    consumer.run({ eachMessage: take }).catch(reject);
  });
  await consumer.disconnect();
  return values;
}

async function insert(server: MongoServer, documents: readonly { _id: string }[]): Promise<void> {
  await using client = await MongoClient.connect(server.url);
  const options = { writeConcern: { w: 'majority', journal: true } } as const;
  await client
    .db('crest')
    .collection<{ _id: string }>('kept', options)
    .insertMany([...documents]);
}

async function findIds(server: MongoServer): Promise<readonly string[]> {
  await using client = await MongoClient.connect(server.url);
  const found = client.db('crest').collection<{ _id: string }>('kept').find().sort({ _id: 1 });
  return (await found.toArray()).map(({ _id }) => _id);
}

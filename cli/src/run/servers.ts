/** The brokers and the database of a run: started as parts, or those that are there already. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Proxies } from '../chaos/proxies.ts';
import { endsOf } from '../core/chaos/pairs.ts';
import { freePort } from '../servers/free-port.ts';
import { startKafka, type KafkaInstall, type KafkaOptions } from '../servers/kafka-server.ts';
import { REPLICAS_MAX, type KafkaListener } from '../servers/kafka-settings.ts';
import { startMongo } from '../servers/mongo-server.ts';
import { recordedPorts } from '../servers/recorded-ports.ts';
import { ensureKafka } from '../setup/kafka.ts';
import { ensureMongo } from '../setup/mongo.ts';
import type { SetupContext } from '../setup/setup-context.ts';
import type { RunPlan } from './run-plan.ts';
import type { Supervisor } from './supervisor.ts';

export const KAFKA_PART = 'kafka';
export const DATABASE_PART = 'database';

/** What bringing a server up needs. */
export interface ServerRoom {
  readonly plan: RunPlan;
  readonly supervisor: Supervisor;
  readonly setup: SetupContext;
  readonly proxies: Proxies;
}

/** Names of the parts that are brokers; none where they are not ours. */
export function kafkaParts({ options, tuning }: RunPlan): readonly string[] {
  if (options.kafka !== null) return [];
  const nodes = tuning?.brokers ?? 1;
  if (nodes === 1) return [KAFKA_PART];
  return Array.from({ length: nodes }, (_, index) => `${KAFKA_PART}-${index + 1}`);
}

/** Brokers of ours that keep a record. */
export function replicasOf({ tuning }: RunPlan): number {
  return Math.min(REPLICAS_MAX, tuning?.brokers ?? 1);
}

/** Brokers as host:port, comma-separated. */
export async function bringUpKafka(room: ServerRoom): Promise<string> {
  const { plan, supervisor, setup } = room;
  if (plan.options.kafka !== null) return plan.options.kafka;
  const install = await ensureKafka(setup);
  const names = kafkaParts(plan);
  const nodes = await Promise.all(names.map((name) => nodeOf(room, name)));
  const controllers = nodes.map(({ ports }, index) => ({
    nodeId: index + 1,
    port: ports.controller,
  }));
  // Those of a cluster wait for each other.
  const started = nodes.map((node, index) => {
    const cluster = nodes.length === 1 ? null : { nodeId: index + 1, controllers };
    const options = { ...node, install, cluster };
    return supervisor.run({ name: node.name, start: () => startKafka(options) });
  });
  return (await Promise.all(started)).map(({ brokers }) => brokers).join(',');
}

/** What of a broker stays the same over its restarts: whoever starts it again finds it there. */
async function nodeOf({ plan, proxies }: ServerRoom, name: string) {
  const dataDir = join(plan.paths.servers, name);
  mkdirSync(dataDir, { recursive: true });
  const ports = await recordedPorts(dataDir, ['broker', 'controller']);
  const listeners: KafkaListener[] = [];
  for (const pair of proxies.to('kafka')) {
    const port = await freePort();
    const proxy = await proxies.open(pair, port);
    const { client } = endsOf(pair);
    listeners.push({ name: client.toUpperCase(), port, advertisedPort: proxy.port });
  }
  return { name, dataDir, registryDir: plan.dataDir, ports, listeners } satisfies Omit<
    KafkaOptions,
    'install'
  > & { name: string; install?: KafkaInstall };
}

/** Connection string of the database. */
export async function bringUpDatabase(room: ServerRoom): Promise<string> {
  const { plan, supervisor, setup, proxies } = room;
  if (plan.options.mongodb !== null) return plan.options.mongodb;
  const install = await ensureMongo(setup);
  // The kinds of server do not read each other's files.
  const dataDir = join(plan.paths.servers, install.kind);
  mkdirSync(dataDir, { recursive: true });
  const { server: port } = await recordedPorts(dataDir, ['server']);
  await proxies.openAll('mongodb', port);
  const start = () => startMongo({ install, dataDir, registryDir: plan.dataDir, port });
  return (await supervisor.run({ name: DATABASE_PART, start })).url;
}

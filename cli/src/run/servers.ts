/** The broker and the database of a run: started as parts, or those that are there already. */
import { join } from 'node:path';
import { startKafka } from '../servers/kafka-server.ts';
import { startMongo } from '../servers/mongo-server.ts';
import { ensureKafka } from '../setup/kafka.ts';
import { ensureMongo } from '../setup/mongo.ts';
import type { SetupContext } from '../setup/setup-context.ts';
import type { RunPlan } from './run-plan.ts';
import type { Supervisor } from './supervisor.ts';

export const KAFKA_PART = 'kafka';
export const DATABASE_PART = 'database';

/** Brokers as host:port, comma-separated. */
export async function bringUpKafka(
  plan: RunPlan,
  supervisor: Supervisor,
  setup: SetupContext,
): Promise<string> {
  if (plan.options.kafka !== null) return plan.options.kafka;
  const install = await ensureKafka(setup);
  const dataDir = join(plan.paths.servers, 'kafka');
  const start = () => startKafka({ install, dataDir, registryDir: plan.dataDir });
  return (await supervisor.run({ name: KAFKA_PART, start })).brokers;
}

/** Connection string of the database. */
export async function bringUpDatabase(
  plan: RunPlan,
  supervisor: Supervisor,
  setup: SetupContext,
): Promise<string> {
  if (plan.options.mongodb !== null) return plan.options.mongodb;
  const install = await ensureMongo(setup);
  // The kinds of server do not read each other's files.
  const dataDir = join(plan.paths.servers, install.kind);
  const start = () => startMongo({ install, dataDir, registryDir: plan.dataDir });
  return (await supervisor.run({ name: DATABASE_PART, start })).url;
}

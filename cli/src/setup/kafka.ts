import { mkdirSync, readdirSync } from 'node:fs';
import { cp, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { kafkaLaunch, LOG4J_CONFIG, serverProperties } from '../servers/kafka-settings.ts';
import { startKafka, type KafkaInstall } from '../servers/kafka-server.ts';
import { ensureCacheEntry } from './cache-entry.ts';
import { ensureJava, requireRecentJava, type Java } from './java.ts';
import type { SetupContext } from './setup-context.ts';
import { requireTool, runTool, toolFailure } from './tools.ts';

/** Pinned: 4.4.0 is listed, but its tools modules cannot be resolved. */
export const KAFKA_VERSION = '4.3.1';
const LOG4J_VERSION = '2.25.1';
const DEPENDENCY_PLUGIN = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1';
/** The cluster id of every embedded broker: sixteen bytes in base64url. They never meet. */
const CLUSTER_ID = 'Y3Jlc3QtZW1iZWRkZWQ';

/**
 * Sees to it that a real Kafka broker is in the cache: its jars through Maven, and, made once for the
 * Java of this machine, a class-data archive and a formatted log directory.
 * @throws {SetupRefusal} naming the tool that is missing.
 */
export async function ensureKafka(context: SetupContext): Promise<KafkaInstall> {
  const jarsName = `kafka-${KAFKA_VERSION}`;
  const java = await ensureJava(context);
  const jars = await ensureCacheEntry(context, jarsName, (dir) => fetchJars(context, java, dir));
  const classPath = readdirSync(jars)
    .filter((name) => name.endsWith('.jar'))
    .sort()
    .map((name) => join(jars, name))
    .join(':');
  const prepared = await ensureCacheEntry(
    context,
    `kafka-${KAFKA_VERSION}-java-${java.fingerprint}`,
    (dir) => prepare(context, java, classPath, dir),
  );
  return {
    java: java.command,
    classPath,
    classArchive: join(prepared, 'classes.jsa'),
    formattedLog: join(prepared, 'log'),
  };
}

async function fetchJars(context: SetupContext, java: Java, dir: string): Promise<void> {
  const mvn = requireTool('mvn', context.env);
  await requireRecentJava(context, java);
  const step = context.progress.begin(`Fetching Kafka ${KAFKA_VERSION} (44 MB, by Maven)`);
  const pom = join(dir, 'pom.xml');
  await writeFile(pom, POM);
  let jars = 0;
  const result = await runTool(context, {
    command: mvn,
    args: [
      '--batch-mode',
      `--file=${pom}`,
      `${DEPENDENCY_PLUGIN}:copy-dependencies`,
      '-DincludeScope=runtime',
      `-DoutputDirectory=${dir}`,
    ],
    env: { JAVA_HOME: java.home },
    onLine: (line) => {
      if (/Downloaded from .*\.jar/.test(line)) jars += 1;
      step.update(`${jars} files`);
    },
  });
  if (result.code !== 0) throw toolFailure(`Kafka ${KAFKA_VERSION}`, result);
  step.done('there');
}

/** Formats an empty log and runs the broker once so that Java writes down the classes it loaded. */
async function prepare(
  context: SetupContext,
  java: Java,
  classPath: string,
  dir: string,
): Promise<void> {
  await requireRecentJava(context, java);
  const step = context.progress.begin('Preparing Kafka for quick starts');
  await format(context, java, classPath, dir);
  const install: KafkaInstall = {
    java: java.command,
    classPath,
    classArchive: undefined,
    formattedLog: join(dir, 'log'),
  };
  const scratch = await mkdtemp(join(tmpdir(), 'crest-kafka-'));
  try {
    step.update('first start');
    const server = await startKafka({
      install,
      dataDir: scratch,
      javaArgs: [`-XX:ArchiveClassesAtExit=${join(dir, 'classes.jsa')}`],
      stopTimeoutMs: 60_000,
    });
    await server.stop();
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
  step.done('done');
}

async function format(
  context: SetupContext,
  java: Java,
  classPath: string,
  dir: string,
): Promise<void> {
  const log = join(dir, 'formatting');
  mkdirSync(log);
  const properties = join(dir, 'server.properties');
  await writeFile(properties, serverProperties({ logDir: log, brokerPort: 1, controllerPort: 2 }));
  const log4j = join(dir, 'log4j2.properties');
  await writeFile(log4j, LOG4J_CONFIG);
  const result = await runTool(context, {
    command: java.command,
    args: [
      ...kafkaLaunch({ classPath, log4j, heapMb: 128, classArchive: undefined }),
      'kafka.tools.StorageTool',
      'format',
      ...['-t', CLUSTER_ID, '-c', properties],
    ],
  });
  if (result.code !== 0) throw toolFailure('A log directory for Kafka', result);
  await cp(log, join(dir, 'log'), { recursive: true });
  await rm(log, { recursive: true });
  await rename(properties, `${properties}.formatted`);
}

const dependency = (group: string, artifact: string, version: string) =>
  `<dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${version}</version></dependency>`;

const POM = `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>crest.setup</groupId><artifactId>kafka</artifactId><version>1</version><packaging>pom</packaging>
  <dependencies>
    ${dependency('org.apache.kafka', 'kafka_2.13', KAFKA_VERSION)}
    ${dependency('org.apache.logging.log4j', 'log4j-slf4j-impl', LOG4J_VERSION)}
    ${dependency('org.apache.logging.log4j', 'log4j-core', LOG4J_VERSION)}
  </dependencies>
</project>
`;

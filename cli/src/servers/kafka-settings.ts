/** The settings of a small broker, alone or one of three: quick to start, quick to be back after a kill, 200 MB of memory. */

/** Another address under which a broker is known to some of its clients: that of a proxy. */
export interface KafkaListener {
  /** Capital letters and digits. */
  readonly name: string;
  /** Where the broker listens. */
  readonly port: number;
  /** What it tells clients who came this way; the port of the proxy. */
  readonly advertisedPort: number;
}

/** One of several brokers. */
export interface KafkaClusterPlace {
  /** From 1; its own is among `controllers`. */
  readonly nodeId: number;
  readonly controllers: readonly { readonly nodeId: number; readonly port: number }[];
}

export interface BrokerSettings {
  readonly logDir: string;
  readonly brokerPort: number;
  readonly controllerPort: number;
  readonly listeners?: readonly KafkaListener[];
  /** Null for a broker that is alone. */
  readonly cluster?: KafkaClusterPlace | null;
}

/** Brokers that keep a record; of these so many must have it before it is acknowledged. */
export const REPLICAS_MAX = 3;
const REPLICAS_MIN_IN_SYNC = 2;

/** The text of `server.properties`. */
export function serverProperties(settings: BrokerSettings): string {
  const { logDir, cluster = null } = settings;
  return lines({
    'process.roles': 'broker,controller',
    ...placeSettings(settings),
    ...listenerSettings(settings),
    'log.dirs': logDir,
    ...replicaSettings(cluster),
    // A mistyped topic is an error, not a new topic.
    'auto.create.topics.enable': false,
    // Groups settle at once; tests may have members found dead after as little as a second.
    'group.initial.rebalance.delay.ms': 0,
    'group.min.session.timeout.ms': 1_000,
    // After a kill the broker is itself the one it would wait for: 6 s to the first acknowledgement.
    'broker.session.timeout.ms': cluster === null ? 2_000 : 4_000,
    'broker.heartbeat.interval.ms': 500,
    // Two cores are shared with everything else.
    'num.network.threads': 1,
    'num.io.threads': 2,
    'num.recovery.threads.per.data.dir': 1,
    'background.threads': 2,
    'log.cleaner.dedupe.buffer.size': 4 * 1024 * 1024,
    'log.segment.bytes': 64 * 1024 * 1024,
  });
}

type Properties = Readonly<Record<string, string | number | boolean>>;

function placeSettings({ cluster = null, controllerPort }: BrokerSettings): Properties {
  const controllers = cluster?.controllers ?? [{ nodeId: 1, port: controllerPort }];
  return {
    'node.id': cluster?.nodeId ?? 1,
    'controller.quorum.voters': controllers
      .map(({ nodeId, port }) => `${nodeId}@127.0.0.1:${port}`)
      .join(','),
    'controller.listener.names': 'CONTROLLER',
  };
}

function listenerSettings(settings: BrokerSettings): Properties {
  const { brokerPort, controllerPort, listeners = [] } = settings;
  const at = (name: string, port: number): string => `${name}://127.0.0.1:${port}`;
  const own = at('PLAINTEXT', brokerPort);
  return {
    listeners: [
      own,
      at('CONTROLLER', controllerPort),
      ...listeners.map(({ name, port }) => at(name, port)),
    ].join(','),
    'advertised.listeners': [
      own,
      ...listeners.map(({ name, advertisedPort }) => at(name, advertisedPort)),
    ].join(','),
    'listener.security.protocol.map': ['PLAINTEXT', 'CONTROLLER', ...listeners.map((l) => l.name)]
      .map((name) => `${name}:PLAINTEXT`)
      .join(','),
    'inter.broker.listener.name': 'PLAINTEXT',
  };
}

/** One node has nobody to copy to. */
function replicaSettings(cluster: KafkaClusterPlace | null): Properties {
  const nodes = cluster?.controllers.length ?? 1;
  const factor = Math.min(REPLICAS_MAX, nodes);
  const inSync = Math.min(REPLICAS_MIN_IN_SYNC, factor);
  return {
    'default.replication.factor': factor,
    'min.insync.replicas': inSync,
    'offsets.topic.replication.factor': factor,
    'offsets.topic.num.partitions': 5,
    'transaction.state.log.replication.factor': factor,
    'transaction.state.log.min.isr': inSync,
    'transaction.state.log.num.partitions': 5,
    'share.coordinator.state.topic.replication.factor': factor,
    'share.coordinator.state.topic.min.isr': inSync,
  };
}

function lines(properties: Properties): string {
  return Object.entries(properties)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
}

/** Quiet: what is worth reading goes to the log of the server, one line at a first start. */
export const LOG4J_CONFIG = `status = error
appender.console.type = Console
appender.console.name = console
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = %d{ISO8601} %p %m (%c{1})%n
rootLogger.level = warn
rootLogger.appenderRef.console.ref = console
`;

export interface KafkaLaunch {
  readonly classPath: string;
  /** Path of the log4j2 configuration. */
  readonly log4j: string;
  readonly heapMb: number;
  readonly classArchive: string | undefined;
}

/** The arguments of Java before the name of the class. */
export function kafkaLaunch(launch: KafkaLaunch): readonly string[] {
  return [
    `-Xms${launch.heapMb}m`,
    `-Xmx${launch.heapMb}m`,
    '-XX:+UseSerialGC',
    '-XX:TieredStopAtLevel=1',
    '-XX:-UsePerfData',
    ...(launch.classArchive === undefined ? [] : [`-XX:SharedArchiveFile=${launch.classArchive}`]),
    '-Djava.awt.headless=true',
    `-Dlog4j2.configurationFile=file:${launch.log4j}`,
    '-cp',
    launch.classPath,
  ];
}

/** The settings of a small single broker: quick to start, quick to be back after a kill, 200 MB of memory. */

export interface BrokerSettings {
  readonly logDir: string;
  readonly brokerPort: number;
  readonly controllerPort: number;
}

/** The text of `server.properties`. */
export function serverProperties(settings: BrokerSettings): string {
  const { logDir, brokerPort, controllerPort } = settings;
  return lines({
    'process.roles': 'broker,controller',
    'node.id': 1,
    'controller.quorum.voters': `1@127.0.0.1:${controllerPort}`,
    'controller.listener.names': 'CONTROLLER',
    listeners: `PLAINTEXT://127.0.0.1:${brokerPort},CONTROLLER://127.0.0.1:${controllerPort}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${brokerPort}`,
    'inter.broker.listener.name': 'PLAINTEXT',
    'log.dirs': logDir,
    // One node has nobody to copy to.
    'offsets.topic.replication.factor': 1,
    'offsets.topic.num.partitions': 5,
    'transaction.state.log.replication.factor': 1,
    'transaction.state.log.min.isr': 1,
    'transaction.state.log.num.partitions': 5,
    'share.coordinator.state.topic.replication.factor': 1,
    'share.coordinator.state.topic.min.isr': 1,
    // A mistyped topic is an error, not a new topic.
    'auto.create.topics.enable': false,
    // Groups settle at once; tests may have members found dead after as little as a second.
    'group.initial.rebalance.delay.ms': 0,
    'group.min.session.timeout.ms': 1_000,
    // After a kill the broker is itself the one it would wait for: 6 s to the first acknowledgement.
    'broker.session.timeout.ms': 2_000,
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

function lines(properties: Readonly<Record<string, string | number | boolean>>): string {
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

/** Which connections between parts can be led through a proxy of ours. */

export const PAIRS = [
  'collector-twitch',
  'collector-kafka',
  'processor-kafka',
  'alerter-kafka',
  'processor-mongodb',
  'alerter-mongodb',
  'alerter-sns',
] as const;

/** Who connects, and to what. */
export type Pair = (typeof PAIRS)[number];

export type PairServer = 'twitch' | 'kafka' | 'mongodb' | 'sns';

/** The pair of this name; undefined where there is none. */
export function pairNamed(name: string): Pair | undefined {
  return PAIRS.find((pair) => pair === name);
}

/** The two ends of a pair. */
export function endsOf(pair: Pair): {
  readonly client: 'collector' | 'processor' | 'alerter';
  readonly server: PairServer;
} {
  const [client, server] = pair.split('-');
  return { client: client as 'collector' | 'processor' | 'alerter', server: server as PairServer };
}

/** The proxies of a run: by pair, and as the services see what is behind them. */
import { endsOf, type Pair, type PairServer } from '../core/chaos/pairs.ts';
import type { RunSettings, ServiceName } from '../run/service-settings.ts';
import { TcpProxy } from './tcp-proxy.ts';

export class Proxies {
  /** Pairs that are led through proxies, in a fixed order. */
  readonly pairs: readonly Pair[];
  readonly #byPair = new Map<Pair, TcpProxy[]>();

  constructor(pairs: Iterable<Pair>) {
    this.pairs = [...new Set(pairs)].sort();
  }

  /**
   * The proxies between two parts: one for each address of the server, so one a broker.
   * @throws Error where this run leads nothing of the kind through proxies.
   */
  between(pair: Pair): readonly TcpProxy[] {
    const proxies = this.#byPair.get(pair);
    if (proxies === undefined) throw new Error(`${pair} does not go through a proxy in this run`);
    return proxies;
  }

  /** Pairs with this server. */
  to(server: PairServer): readonly Pair[] {
    return this.pairs.filter((pair) => endsOf(pair).server === server);
  }

  /** Opens one more proxy between two parts. */
  async open(pair: Pair, targetPort: number): Promise<TcpProxy> {
    const proxy = await TcpProxy.open({ target: { port: targetPort } });
    this.#byPair.set(pair, [...(this.#byPair.get(pair) ?? []), proxy]);
    return proxy;
  }

  /** Opens a proxy to this server for every pair that has it. */
  async openAll(server: PairServer, targetPort: number): Promise<void> {
    for (const pair of this.to(server)) await this.open(pair, targetPort);
  }

  /** Cuts every connection between two parts; returns how many there were. */
  cut(pair: Pair): number {
    return this.between(pair).reduce((sum, proxy) => sum + proxy.cut(), 0);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#byPair.values()].flat().map((proxy) => proxy.close()));
  }

  /** The settings of a run as a service is told them: addresses of proxies where there are any. */
  seenBy(service: ServiceName, run: RunSettings): RunSettings {
    const ports = (server: PairServer): number[] =>
      this.to(server)
        .filter((pair) => endsOf(pair).client === service)
        .flatMap((pair) => this.#byPair.get(pair) ?? [])
        .map(({ port }) => port);
    const [twitch] = ports('twitch');
    const [mongodb] = ports('mongodb');
    const [sns] = ports('sns');
    const kafka = ports('kafka');
    return {
      ...run,
      ircUrl: twitch === undefined ? run.ircUrl : atPort(run.ircUrl, twitch),
      mongodbUrl: mongodb === undefined ? run.mongodbUrl : atPort(run.mongodbUrl, mongodb),
      snsUrl: sns === undefined || run.snsUrl === null ? run.snsUrl : atPort(run.snsUrl, sns),
      brokers: kafka.length === 0 ? run.brokers : kafka.map((p) => `127.0.0.1:${p}`).join(','),
    };
  }
}

function atPort(address: string, port: number): string {
  const url = new URL(address);
  url.port = String(port);
  // A URL without a path gets none: some who read it take "/" for one.
  return address.endsWith('/') ? url.href : url.href.replace(/\/$/, '');
}

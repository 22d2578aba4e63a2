/** Gauges that are read when somebody scrapes, rather than set as things happen. */
import { Gauge, type Registry } from 'prom-client';

/**
 * Gives the function that registers one such gauge: its name behind the prefix, its help, and how
 * its value is read from what `now` returns at each scrape.
 */
export function scrapedGauges<T>(
  registry: Registry,
  prefix: string,
  now: () => T,
): (name: string, help: string, read: (now: T) => number) => void {
  return (name, help, read) => {
    new Gauge({
      name: prefix + name,
      help,
      registers: [registry],
      collect() {
        this.set(read(now()));
      },
    });
  };
}

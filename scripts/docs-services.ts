/** What the services themselves say of their settings and metrics. */
import { Registry } from 'prom-client';
import type { SettingTable } from '../shared/src/config.ts';
import { SETTINGS as alerterSettings } from '../alerter/src/config.ts';
import { createMetrics as createAlerterMetrics } from '../alerter/src/metrics.ts';
import { COLLECTOR_SETTINGS } from '../collector/src/config.ts';
import { createMetrics as createCollectorMetrics, NO_GAUGES } from '../collector/src/metrics.ts';
import { SETTINGS as processorSettings } from '../processor/src/config.ts';
import { SIMULATOR_SETTINGS } from '../simulator/src/config.ts';
import { countPredecessors } from '../shared/src/kafka/predecessor-counter.ts';
import { createMetrics as createProcessorMetrics } from '../processor/src/metrics.ts';

export interface MetricDoc {
  readonly name: string;
  readonly kind: string;
  readonly labels: readonly string[];
  readonly help: string;
}

/** Settings by service. */
export function serviceSettings(): Map<string, SettingTable> {
  return new Map<string, SettingTable>([
    ['collector', COLLECTOR_SETTINGS],
    ['processor', processorSettings],
    ['alerter', alerterSettings],
    ['simulator (the pretend Twitch and SNS)', SIMULATOR_SETTINGS],
  ]);
}

/** Metrics by service, in the order of their names. */
export async function serviceMetrics(): Promise<Map<string, MetricDoc[]>> {
  return new Map([
    ['collector', await metricsOf((registry) => createCollectorMetrics(registry, () => NO_GAUGES))],
    ['processor', await metricsOf(createProcessorMetrics)],
    ['alerter', await metricsOf(createAlerterMetrics)],
  ]);
}

async function metricsOf(create: (registry: Registry) => unknown): Promise<MetricDoc[]> {
  const registry = new Registry();
  create(registry);
  countPredecessors(registry);
  const metrics = await registry.getMetricsAsJSON();
  return metrics
    .filter(({ name }) => name.startsWith('crest_'))
    .map(({ name, type, help, values }) => ({
      name,
      kind: String(type),
      labels: labelsOf(values),
      help,
    }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

function labelsOf(values: readonly { labels: object }[]): string[] {
  const names = new Set(values.flatMap(({ labels }) => Object.keys(labels)));
  return [...names].filter((name) => name !== 'le' && name !== 'quantile').sort();
}

/** One trial: a rate held for some time, watched every second. */
import { setTimeout as delay } from 'node:timers/promises';
import { sumOf } from '@crest/cli/run/prometheus-text';
import { readMetrics } from '@crest/cli/run/service-figures';
import { askSimulator } from '@crest/cli/run/simulator-client';
import { processUsage } from './process-usage.ts';
import type { Rig } from './rig.ts';

/** From here on the system is warm: lag and CPU are measured against this moment. */
export const WARM_UP_SECONDS = 10;
const LOOK_EVERY_MS = 1_000;
const JOIN_TIMEOUT_MS = 120_000;

/** How things stand at one moment. */
export interface Look {
  /** Seconds since lines began, of the machine's steady clock. */
  readonly atSeconds: number;
  /** Lines that went out. */
  readonly sent: number;
  /** Lines sent that the processor has not folded and made durable. */
  readonly lag: number;
  /** Records that the alerter has not looked at. */
  readonly alerterLag: number;
  /** Windows of all spans that became final. */
  readonly finalWindows: number;
  /** Those of one second. */
  readonly finalSeconds: number;
  readonly cpuSeconds: Readonly<Record<string, number>>;
  readonly rssBytes: Readonly<Record<string, number>>;
}

/** Waits until every room is read, lets lines flow for `seconds`, and looks once a second. */
export async function runTrial(
  rig: Rig,
  seconds: number,
  onLook: (look: Look) => void,
): Promise<Look[]> {
  await untilJoined(rig);
  await rig.begin();
  const startedMs = performance.now();
  const looks: Look[] = [];
  for (let each = 0; each <= seconds; each += 1) {
    await delay(Math.max(0, startedMs + each * LOOK_EVERY_MS - performance.now()));
    // A generator that is too busy to answer is looked at again in a second.
    const look = await lookAt(rig, (performance.now() - startedMs) / 1_000).catch(() => null);
    if (look === null) continue;
    looks.push(look);
    onLook(look);
  }
  return looks;
}

async function untilJoined({ simulatorUrl }: Rig): Promise<void> {
  const deadlineMs = performance.now() + JOIN_TIMEOUT_MS;
  for (;;) {
    const { rooms } = await askSimulator(simulatorUrl);
    if (rooms.confirmed >= rooms.wanted) return;
    if (performance.now() > deadlineMs) {
      throw new Error(`only ${rooms.confirmed} of ${rooms.wanted} rooms were joined in time`);
    }
    await delay(200);
  }
}

async function lookAt(rig: Rig, atSeconds: number): Promise<Look> {
  const { httpPorts, simulatorUrl, pids } = rig;
  const [status, processor, alerter] = await Promise.all([
    askSimulator(simulatorUrl),
    readMetrics(httpPorts.processor),
    readMetrics(httpPorts.alerter),
  ]);
  const folded = sumOf(processor, 'crest_processor_records_total', { type: 'chat.message' }) ?? 0;
  const inFlight = sumOf(processor, 'crest_processor_in_flight_records') ?? 0;
  const usage = [...pids].map(([name, pid]) => ({ name, ...processUsage(pid) }));
  return {
    atSeconds,
    sent: status.lines.sent,
    lag: status.lines.sent - folded + inFlight,
    alerterLag: sumOf(alerter, 'crest_alerter_lag_records') ?? 0,
    finalWindows: sumOf(processor, 'crest_processor_final_windows_total') ?? 0,
    finalSeconds: sumOf(processor, 'crest_processor_final_windows_total', { span: '1' }) ?? 0,
    cpuSeconds: Object.fromEntries(usage.map(({ name, cpuSeconds }) => [name, cpuSeconds])),
    rssBytes: Object.fromEntries(usage.map(({ name, rssBytes }) => [name, rssBytes])),
  };
}

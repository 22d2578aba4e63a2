/** Every metric of the simulator, in a registry of its own. No label names a room or a user. */
import { Counter, Gauge, Registry } from 'prom-client';
import { FAULT_KINDS, type FaultKind } from './core/faults.ts';
import type { LineCommand } from './core/scheduled-line.ts';
import { LEDGER_COMMANDS } from './ledger/ledger-line.ts';

export interface SimulatorMetrics {
  readonly registry: Registry;
  countLine(command: LineCommand): void;
  countFault(fault: FaultKind): void;
}

/** What is asked at each scrape. */
export interface SimulatorGauges {
  readonly connections: () => number;
  readonly roomsRead: () => number;
  /** Bytes that clients have not taken yet, all together. */
  readonly backlogBytes: () => number;
}

export function createMetrics(gauges: SimulatorGauges): SimulatorMetrics {
  const registry = new Registry();
  const registers = [registry];
  const faults = new Counter({
    name: 'crest_simulator_faults_total',
    help: 'Faults done on command or by plan, by kind.',
    labelNames: ['fault'],
    registers,
  });
  for (const fault of FAULT_KINDS) faults.inc({ fault }, 0);
  const asked: [name: string, help: string, ask: () => number][] = [
    ['crest_simulator_connections', 'Open IRC connections.', gauges.connections],
    ['crest_simulator_rooms_read', 'Rooms that have a reader.', gauges.roomsRead],
    ['crest_simulator_backlog_bytes', 'Bytes not yet taken by clients.', gauges.backlogBytes],
  ];
  for (const [name, help, ask] of asked) addGauge({ name, help, registers }, ask);
  return {
    registry,
    countLine: lineCounter(registry),
    countFault: (fault) => faults.inc({ fault }),
  };
}

/** Lines are counted without labels and handed to their metric when somebody scrapes. */
function lineCounter(registry: Registry): (command: LineCommand) => void {
  const counts = new Map<LineCommand, number>(LEDGER_COMMANDS.map((command) => [command, 0]));
  new Counter({
    name: 'crest_simulator_lines_total',
    help: 'Lines of chat sent, whether or not anyone read them, by IRC command.',
    labelNames: ['command'],
    registers: [registry],
    collect() {
      for (const [command, count] of counts) this.inc({ command }, count);
      for (const command of LEDGER_COMMANDS) counts.set(command, 0);
    },
  });
  return (command) => counts.set(command, (counts.get(command) ?? 0) + 1);
}

function addGauge(
  settings: { name: string; help: string; registers: Registry[] },
  ask: () => number,
): void {
  new Gauge({
    ...settings,
    collect() {
      this.set(ask());
    },
  });
}

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLogger } from '@crest/shared/logger';
import { type Simulator, createSimulator } from '../../src/app.ts';
import { readConfig } from '../../src/config.ts';
import type { LedgerEntry, LedgerLine } from '../../src/ledger/ledger-line.ts';
import { readLedger } from '../../src/ledger/ledger-reader.ts';

/** A simulator of a test's own, with a ledger and without a pretend SNS. */
export interface RunningSimulator extends AsyncDisposable {
  readonly simulator: Simulator;
  readonly url: string;
  readonly logins: readonly string[];
  /** Everything in the ledger; the simulator is stopped first. */
  ledger(): Promise<LedgerEntry[]>;
  command(path: string, body?: unknown): Promise<{ status: number; body: unknown }>;
}

export async function runSimulator(
  settings: Readonly<Record<string, string>>,
): Promise<RunningSimulator> {
  const directory = mkdtempSync(join(tmpdir(), 'crest-simulator-'));
  const ledgerFile = join(directory, 'ledger.ndjson');
  const config = readConfig({
    CREST_RUN_ID: 'test',
    CREST_SNS_ENABLED: 'false',
    CREST_LEDGER_FILE: ledgerFile,
    ...settings,
  });
  const simulator = createSimulator(config, { log: createLogger('simulator', 'silent') });
  await simulator.start();
  return {
    simulator,
    url: simulator.status().ircUrl,
    logins: simulator.rooms.map((room) => room.login),
    async ledger() {
      await simulator.stop();
      const entries: LedgerEntry[] = [];
      for await (const entry of readLedger(ledgerFile)) entries.push(entry);
      return entries;
    },
    async command(path, body) {
      const response = await fetch(simulator.controlUrl() + path, {
        method: 'POST',
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      return { status: response.status, body: await response.json() };
    },
    async [Symbol.asyncDispose]() {
      await simulator.stop();
      rmSync(directory, { recursive: true });
    },
  };
}

export function linesOf(entries: readonly LedgerEntry[]): LedgerLine[] {
  return entries.filter((entry) => entry.kind === 'line');
}

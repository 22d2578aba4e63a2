import assert from 'node:assert/strict';
import { existsSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import {
  LIVE,
  makeRunDirectory,
  newRunId,
  pruneRuns,
  runIds,
  RUNS_KEPT,
  RUNS_KEPT_WHOLE,
  runPaths,
} from './run-directory.ts';

const NOON = Date.UTC(2026, 10, 21, 12, 0, 0);

let dir: string;
before(async () => {
  dir = await mkdtemp(join(tmpdir(), 'crest-runs-'));
});
after(async () => {
  await rm(dir, { recursive: true, force: true });
});

describe('run directories', () => {
  it('are named by time, and two of one second still differ', () => {
    const first = newRunId(dir, NOON);
    assert.equal(first, '20261121-120000');
    makeRunDirectory(runPaths(dir, first));
    assert.equal(newRunId(dir, NOON), '20261121-120000a');
  });

  it('are bounded in number, and the large parts of old ones go first', async () => {
    const ids = Array.from({ length: RUNS_KEPT + 3 }, (_, i) =>
      newRunId(dir, NOON + i * 60_000 + 1_000),
    );
    for (const id of ids) {
      const paths = runPaths(dir, id);
      makeRunDirectory(paths);
      for (const file of [paths.ledger, paths.report]) writeFileSync(file, '{}\n');
    }
    makeRunDirectory(runPaths(dir, LIVE));
    await pruneRuns(dir);
    assert.deepEqual(runIds(dir), ids.slice(-RUNS_KEPT).reverse());
    runIds(dir).forEach((id, age) => {
      const paths = runPaths(dir, id);
      assert.ok(existsSync(paths.report));
      assert.equal(existsSync(paths.ledger), age < RUNS_KEPT_WHOLE, id);
      assert.equal(existsSync(paths.servers), age < RUNS_KEPT_WHOLE, id);
    });
    assert.ok(existsSync(runPaths(dir, LIVE).servers));
  });
});

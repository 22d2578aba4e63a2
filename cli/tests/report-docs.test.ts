import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { DIFFERENCE_KINDS } from '../src/verify/run-report.ts';
import { handMadeRun, judge } from './_util/hand-made-run.ts';

const page = readFileSync(join(import.meta.dirname, '../../docs/reference/report.md'), 'utf8');

function rowsUnder(heading: string): string[] {
  const section = page.split(`## ${heading}\n`)[1]?.split('\n## ')[0] ?? '';
  return [...section.matchAll(/^\| `([^`]+)` \|/gm)].map(([, name]) => name ?? '');
}

/** Names of figures as the page writes them: `windows.equal`; latencies by their kind. */
function figureNames(report: object): string[] {
  return Object.entries(report).flatMap(([name, value]) =>
    typeof value === 'object'
      ? Object.keys(value as object).map((inner) => `${name}.${inner}`)
      : name,
  );
}

describe('docs/reference/report.md', () => {
  it('has a row for every figure, in their order', async () => {
    const report = await judge(await handMadeRun());
    const { promises: _p, examples: _e, disturbances: _d, disturbed: _b, ...figures } = report;
    assert.deepEqual(rowsUnder('Figures'), figureNames(figures));
  });

  it('has a row for every promise, in their order', async () => {
    const { promises } = await judge(await handMadeRun());
    assert.deepEqual(
      rowsUnder('Promises'),
      promises.map(({ name }) => name),
    );
  });

  it('names every kind of example', () => {
    const section = page.split('## Examples\n')[1] ?? '';
    const named = [
      ...section
        .split(':')
        .at(-1)!
        .matchAll(/`(\w+)`/g),
    ].map(([, name]) => name);
    assert.deepEqual(named, [...DIFFERENCE_KINDS]);
  });
});

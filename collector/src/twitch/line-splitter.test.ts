import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { LineSplitter } from './line-splitter.ts';

const CHARACTERS_MAX = 20;

function split(frames: readonly string[]): { lines: string[]; tooLong: string[] } {
  const splitter = new LineSplitter(CHARACTERS_MAX);
  const lines: string[] = [];
  const tooLong: string[] = [];
  for (const frame of frames) {
    splitter.push(
      frame,
      (line) => lines.push(line),
      (beginning) => tooLong.push(beginning),
    );
  }
  return { lines, tooLong };
}

const line = fc.string({
  unit: fc.constantFrom('a', ' ', ':', '#', 'é', '\r'),
  minLength: 1,
  maxLength: 18,
});

describe('LineSplitter', () => {
  it('finds the same lines however they are cut into frames', () => {
    const lines = fc.array(line.filter((text) => !text.endsWith('\r')));
    fc.assert(
      fc.property(lines, fc.array(fc.nat(400)), (expected, cuts) => {
        const stream = expected.map((text) => `${text}\r\n`).join('');
        const at = [0, ...cuts.filter((cut) => cut < stream.length).sort((a, b) => a - b)];
        const frames = at.map((from, i) => stream.slice(from, at[i + 1] ?? stream.length));
        assert.deepEqual(split(frames), { lines: expected, tooLong: [] });
      }),
    );
  });

  it('keeps what has no end until it has one', () => {
    assert.deepEqual(split(['PING :a']).lines, []);
    assert.deepEqual(split(['PING :a', 'b\r', '\nPONG\n\r\n']).lines, ['PING :ab', 'PONG']);
  });

  it('cuts a line that is too long, once, and goes on behind it', () => {
    const long = 'x'.repeat(50);
    const { lines, tooLong } = split(['ok\r\nxx', long, long, '\r\nfine\r\n']);
    assert.deepEqual(lines, ['ok', 'fine']);
    assert.deepEqual(tooLong, ['x'.repeat(CHARACTERS_MAX)]);
  });
});

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { TerminalBlock } from './terminal-block.ts';

function record() {
  const written: string[] = [];
  return { written, block: new TerminalBlock({ write: (text) => written.push(text) }) };
}

describe('TerminalBlock', () => {
  it('takes the alternate screen and the cursor with the first picture only', () => {
    const { written, block } = record();
    block.draw('one');
    block.draw('two\nlines');
    assert.match(written[0] ?? '', /\?1049h.*\?25l/);
    assert.doesNotMatch(written[1] ?? '', /\?1049h/);
    assert.match(written[1] ?? '', /two\u001b\[K\r\nlines\u001b\[K\u001b\[J/);
  });

  it('gives both back once, and leaves the last picture', () => {
    const { written, block } = record();
    block.draw('one');
    block.close();
    block.close();
    block.draw('late');
    assert.equal(written.length, 2);
    assert.match(written[1] ?? '', /\?25h.*\?1049lone\n$/);
  });

  it('writes nothing where nothing was drawn', () => {
    const { written, block } = record();
    block.close();
    assert.deepEqual(written, []);
  });
});

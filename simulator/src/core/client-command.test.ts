import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { linesOfFrame, parseClientCommand } from './client-command.ts';

const cases: [line: string, expected: ReturnType<typeof parseClientCommand>][] = [
  ['JOIN #a,#b', { name: 'JOIN', params: ['#a,#b'] }],
  ['cap req :twitch.tv/tags twitch.tv/commands', { name: 'CAP', params: ['req', 'twitch.tv/tags twitch.tv/commands'] }],
  ['PING', { name: 'PING', params: [] }],
  ['PING :a :b', { name: 'PING', params: ['a :b'] }],
  ['@client-nonce=1 :me PRIVMSG #a :hi', { name: 'PRIVMSG', params: ['#a', 'hi'] }],
  ['PRIVMSG #a :', { name: 'PRIVMSG', params: ['#a', ''] }],
  [' ', undefined],
]; // prettier-ignore

describe(parseClientCommand.name, () => {
  for (const [line, expected] of cases) {
    it(`reads ${JSON.stringify(line)}`, () => {
      assert.deepEqual(parseClientCommand(line), expected);
    });
  }
});

describe(linesOfFrame.name, () => {
  it('takes CRLF and LF alike and leaves out empty lines', () => {
    assert.deepEqual(linesOfFrame('PASS a\r\nNICK b\nJOIN #c\r\n\r\n'), [
      'PASS a',
      'NICK b',
      'JOIN #c',
    ]);
  });
});

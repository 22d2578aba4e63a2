import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { IrcLine, TAGS_MAX } from './irc-line.ts';
import { escapeTagValue } from './tag-escape.ts';

interface Atoms {
  tags: Record<string, string>;
  prefix: string;
  command: string;
  params: string[];
}

/** Reads a line with a view that has just read something else: nothing of that may shine through. */
function parse(raw: string): Atoms | null {
  const line = new IrcLine();
  line.read('@stale=1;older=\\s2 :old!stale@host STALE #stale :stale text');
  if (!line.read(raw)) return null;
  const tags: Record<string, string> = {};
  for (let i = 0; i < line.tagCount; i += 1) tags[line.tagName(i)] = line.tagValue(i);
  return { tags, prefix: line.prefix, command: line.command, params: line.params() };
}

function view(raw: string): IrcLine {
  const line = new IrcLine();
  assert.equal(line.read(raw), true);
  return line;
}

/** The inverse of reading, for properties. */
function format({ tags, prefix, command, params }: Atoms): string {
  const tagText = Object.entries(tags).map(([name, value]) => `${name}=${escapeTagValue(value)}`);
  return [
    tagText.length > 0 ? `@${tagText.join(';')}` : null,
    prefix === '' ? null : `:${prefix}`,
    command,
    ...params.slice(0, -1),
    params.length > 0 ? `:${params.at(-1) ?? ''}` : null,
  ]
    .filter((part) => part !== null)
    .join(' ');
}

const word = fc.stringMatching(/^[A-Za-z0-9#][A-Za-z0-9-]{0,9}$/);
const tagName = fc.stringMatching(/^[a-z][a-z0-9-]{0,12}$/);
const text = fc.string({ unit: 'grapheme' }).map((s) => s.replaceAll(/[\r\n]/g, ''));
const atoms: fc.Arbitrary<Atoms> = fc.record(
  {
    tags: fc.dictionary(tagName, fc.string({ unit: 'grapheme' }), {
      maxKeys: 20,
      noNullPrototype: true,
    }),
    prefix: fc.oneof(fc.constant(''), word),
    command: fc.stringMatching(/^([A-Z]{1,10}|[0-9]{3})$/),
    params: fc
      .tuple(fc.array(word, { maxLength: 4 }), fc.option(text))
      .map(([middle, last]) => (last === null ? [] : [...middle, last])),
  },
  { noNullPrototype: true },
);

describe('IrcLine', () => {
  it('reads back every line that can be written', () => {
    fc.assert(
      fc.property(atoms, (expected) => {
        assert.deepEqual(parse(format(expected)), expected);
      }),
    );
  });

  for (const [raw, text, hasText] of [
    ['PRIVMSG #room :hi', 'hi', true],
    ['PRIVMSG #room hi', 'hi', true],
    ['PRIVMSG #room :', '', true],
    ['PRIVMSG #room', '', false],
    ['PRIVMSG #room ', '', false],
  ] as const) {
    it(`tells an empty text from none in ${JSON.stringify(raw)}`, () => {
      const line = view(raw);
      assert.equal(line.text, text);
      assert.equal(line.hasText, hasText);
    });
  }

  it('never throws, whatever comes', () => {
    const anything = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string({ unit: fc.constantFrom('@', ';', '=', ':', ' ', '#', '!', '\\', 'a', '\u0001') }),
    );
    fc.assert(
      fc.property(anything, (raw) => {
        const line = new IrcLine();
        line.read(raw);
        line.params();
        for (let i = 0; i < line.tagCount; i += 1) line.tag(line.tagName(i));
        assert.equal(typeof `${line.login}${line.prefix}${line.text}${line.channel}`, 'string');
      }),
    );
  });

  it('finds each tag by its name, and no other', () => {
    fc.assert(
      fc.property(atoms, tagName, ({ tags }, absent) => {
        const line = view(format({ tags, prefix: '', command: 'X', params: [] }));
        for (const [name, value] of Object.entries(tags)) assert.equal(line.tag(name), value);
        if (!Object.hasOwn(tags, absent)) assert.equal(line.tag(absent), undefined);
      }),
    );
  });

  const cases: [name: string, raw: string, expected: Partial<IrcLine>][] = [
    [
      'a line of chat',
      '@id=1;room-id=7 :ann!ann@ann.tmi.twitch.tv PRIVMSG #bob :hi there :)',
      { command: 'PRIVMSG', channel: 'bob', login: 'ann', text: 'hi there :)' },
    ],
    [
      'a line of the server',
      ':tmi.twitch.tv RECONNECT',
      { command: 'RECONNECT', login: '', text: '' },
    ],
    ['a PING without prefix', 'PING :tmi.twitch.tv', { command: 'PING', text: 'tmi.twitch.tv' }],
    ['a text of one word without colon', ':a!a@a PRIVMSG #bob hi', { channel: 'bob', text: 'hi' }],
    ['an empty text', ':a!a@a PRIVMSG #bob :', { channel: 'bob', text: '' }],
    [
      'many spaces between the parts',
      '@a=b   :a!a@a   PRIVMSG   #bob   :  hi ',
      { command: 'PRIVMSG', channel: 'bob', text: '  hi ' },
    ],
    [
      'a NOTICE to nobody in particular',
      ':tmi.twitch.tv NOTICE * :Login authentication failed',
      { channel: '', text: 'Login authentication failed' },
    ],
    [
      'the names in a room',
      ':x.tmi.twitch.tv 353 justinfan1 = #bob :justinfan1',
      { command: '353', channel: '', text: 'justinfan1' },
    ],
    [
      'an exclamation mark in the text only',
      ':tmi.twitch.tv NOTICE #bob :wow!',
      { login: '', text: 'wow!' },
    ],
  ];
  for (const [name, raw, expected] of cases) {
    it(`reads ${name}`, () => {
      const line = view(raw);
      for (const [field, value] of Object.entries(expected)) {
        assert.equal(line[field as keyof IrcLine], value, field);
      }
    });
  }

  it('unescapes values, and takes the last of two tags of one name', () => {
    const line = view('@a=1;b=x\\:\\s\\\\\\r\\n\\q\\;a=2;empty=;bare;=nameless X');
    assert.equal(line.tag('a'), '2');
    assert.equal(line.tag('b'), 'x; \\\r\nq');
    assert.equal(line.tag('empty'), '');
    assert.equal(line.tag('bare'), '');
    assert.equal(line.tag(''), undefined);
  });

  it('leaves backslashes in the text alone', () => {
    const line = view('@a=1 :a!a@a PRIVMSG #b :C:\\s;x=y');
    assert.equal(line.text, 'C:\\s;x=y');
    assert.equal(line.tagCount, 1);
  });

  it('refuses a line without a command', () => {
    for (const raw of ['', ' ', '@a=b', '@a=b ', ':prefix', '@a=b :prefix ']) {
      assert.equal(new IrcLine().read(raw), false, JSON.stringify(raw));
    }
  });

  it('sees no more tags than its limit, and the rest of the line all the same', () => {
    const tags = Array.from({ length: TAGS_MAX + 5 }, (_, i) => `t${i}=${i}`).join(';');
    const line = view(`@${tags} :a!a@a PRIVMSG #b :hi`);
    assert.equal(line.tagCount, TAGS_MAX);
    assert.equal(line.text, 'hi');
  });
});

const QUOTED = /"(?:[^"\\]|\\.)*"/;
const VECTORS = join(import.meta.dirname, '../../../../shared/irc-lines/ircdocs-msg-split.yaml');

describe(
  'the vectors of ircdocs',
  { skip: !existsSync(VECTORS) && `${VECTORS} is not there` },
  () => {
    for (const { input, atoms: expected } of readVectors()) {
      it(`splits ${JSON.stringify(input)}`, () => assert.deepEqual(parse(input), expected));
    }
  },
);

/** As much YAML as that file has: maps and lists of double-quoted scalars, indented. */
function readVectors(): { input: string; atoms: Atoms }[] {
  if (!existsSync(VECTORS)) return [];
  const [, ...entries] = readFileSync(VECTORS, 'utf8')
    .replaceAll(/^\s*#.*$/gm, '')
    .split('- input: ');
  return entries.map((entry) => ({
    input: unquote(QUOTED.exec(entry)?.[0] ?? '""'),
    atoms: {
      tags: Object.fromEntries(
        [...sectionOf(entry, 'tags').matchAll(/"?([^\s":]+)"?: ("(?:[^"\\]|\\.)*")/g)].map(
          ([, name = '', value = '']) => [name, unquote(value)],
        ),
      ),
      prefix: unquote(/source: ("(?:[^"\\]|\\.)*")/.exec(entry)?.[1] ?? '""'),
      command: unquote(/verb: ("(?:[^"\\]|\\.)*")/.exec(entry)?.[1] ?? '""'),
      params: [...sectionOf(entry, 'params').matchAll(/- ("(?:[^"\\]|\\.)*")/g)].map(
        ([, value = '']) => unquote(value),
      ),
    },
  }));
}

/** What stands below a key of an entry, up to the next key of the same level. */
function sectionOf(entry: string, key: string): string {
  const [, below = ''] = entry.split(`\n      ${key}:`);
  return below.split(/\n {6}[a-z]/)[0] ?? '';
}

function unquote(quoted: string): string {
  const asJson = quoted.replaceAll(/\\x([0-9a-fA-F]{2})/g, '\\u00$1');
  return JSON.parse(asJson) as string;
}

import type { Command } from 'commander';
import { CliError, EXIT } from '../cli-error.ts';
import { table } from '../core/screen/summary.ts';
import type { CommandContext } from '../program.ts';
import { readDeadLetters, replayOf, type NumberedLetter } from '../run/dead-letters.ts';
import { examples, withKafka, withKafkaOptions, type KafkaOptions } from './command-parts.ts';

interface ReplayOptions extends KafkaOptions {
  readonly all?: true;
}

/** `crest dlq`. */
export function addDlq(program: Command, context: CommandContext): void {
  const dlq = program
    .command('dlq')
    .summary('what could not be understood')
    .description('Dead letters: lines and records that could not be understood, kept for a day.');
  addList(dlq, context);
  addShow(dlq, context);
  addReplay(dlq, context);
}

function addList(dlq: Command, { output }: CommandContext): void {
  withKafkaOptions(dlq.command('list').summary('every dead letter'))
    .addHelpText('after', examples(['crest dlq list', '']))
    .action(async (options: KafkaOptions) => {
      const letters = await withKafka(options, readDeadLetters);
      if (options.json) return output.json(letters.map(withoutPayload));
      if (letters.length === 0) return output.print('There are no dead letters.');
      const rows = letters.map(({ number, letter }) => [
        String(number),
        new Date(letter.failedAtMs).toISOString().slice(0, 19),
        letter.service,
        placeOf(letter.origin),
        letter.reason,
      ]);
      output.print(table(['number', 'when', 'given up by', 'from', 'reason'], rows));
    });
}

function addShow(dlq: Command, { output }: CommandContext): void {
  withKafkaOptions(dlq.command('show').summary('one, with its content').argument('<number>', ''))
    .addHelpText('after', examples(['crest dlq show 3', '']))
    .action(async (number: string, options: KafkaOptions) => {
      const found = find(await withKafka(options, readDeadLetters), number);
      const text = Buffer.from(found.letter.payload, 'base64').toString('utf8');
      if (options.json) return output.json({ ...found, text });
      const { letter } = found;
      output.print(
        [
          `number   ${found.number}`,
          `reason   ${letter.reason}`,
          `by       ${letter.service}`,
          `from     ${placeOf(letter.origin)}`,
          `key      ${letter.key ?? ''}`,
          `bytes    ${letter.payloadBytes}`,
          '',
          printable(text),
        ].join('\n'),
      );
    });
}

function addReplay(dlq: Command, { output }: CommandContext): void {
  withKafkaOptions(
    dlq
      .command('replay')
      .summary('put records back where they came from')
      .description(
        'Writes a record again at the end of its partition, for a reader that has been mended. ' +
          'Lines from sockets never stood in Kafka and cannot go back.',
      )
      .argument('[numbers...]', 'which')
      .option('--all', 'every record that can go back'),
  )
    .addHelpText('after', examples(['crest dlq replay 3 4', ''], ['crest dlq replay --all', '']))
    .action(async (numbers: readonly string[], options: ReplayOptions) => {
      if (numbers.length === 0 && options.all !== true) {
        throw new CliError('Say which: numbers from "crest dlq list", or --all.', EXIT.usage);
      }
      const replayed = await withKafka(options, async (kafka) => {
        const letters = await readDeadLetters(kafka);
        const chosen = options.all
          ? letters.filter(({ letter }) => letter.origin !== null)
          : numbers.map((number) => find(letters, number));
        await kafka.send(chosen.map((letter) => replayOf(letter, Date.now())));
        return chosen.map(({ number }) => number);
      });
      if (options.json) output.json({ replayed });
      else output.print(`Put back: ${replayed.join(', ') || 'nothing'}.`);
    });
}

function find(letters: readonly NumberedLetter[], text: string): NumberedLetter {
  const found = letters.find(({ number }) => String(number) === text);
  if (found !== undefined) return found;
  throw new CliError(`There is no dead letter ${text}: "crest dlq list" shows those there are.`);
}

function placeOf(origin: NumberedLetter['letter']['origin']): string {
  return origin === null ? 'a socket' : `${origin.topic}/${origin.partition}/${origin.offset}`;
}

function withoutPayload({ number, letter: { payload: _, ...letter } }: NumberedLetter) {
  return { number, ...letter };
}

// A payload is foreign: nothing in it may move the cursor or colour the terminal.
function printable(text: string): string {
  return text.replaceAll(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/g, '\u{fffd}');
}

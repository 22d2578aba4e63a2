/**
 * The live screen as text: a pure function of what is known and of the size of the terminal.
 *
 * It always gives at most `height - 1` lines of at most `width` columns: the last line is the
 * cursor's, and a line that wraps would make the screen jump.
 */
import type { Flow, ScreenModel, ScreenPart } from './model.ts';
import { count, duration, fit, progressBar, sparkline, timeOfDay } from './text.ts';

/** Colours by what they mean; each leaves the width as it is. */
export interface Palette {
  readonly title: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly good: (text: string) => string;
  readonly busy: (text: string) => string;
  readonly bad: (text: string) => string;
  readonly accent: (text: string) => string;
}

const same = (text: string): string => text;

/** No colours: for tests, and terminals without. */
export const PLAIN: Palette = {
  title: same,
  dim: same,
  good: same,
  busy: same,
  bad: same,
  accent: same,
};

export interface ScreenSize {
  readonly width: number;
  readonly height: number;
}

const WIDTH_MAX = 120;
/** Below this there are only the most important lines. */
const WIDTH_MIN = 60;
const PART_WIDTH = 26;
const SPARK_WIDTH = 30;
/** Rows of spikes and of alerts at 24 lines; higher terminals have more. */
const LIST_ROWS_MIN = 3;
const LIST_ROWS_MAX = 12;

/** Draws the screen. */
export function render(model: ScreenModel, size: ScreenSize, palette: Palette = PLAIN): string {
  const rowsMax = Math.max(1, size.height - 1);
  if (size.width < WIDTH_MIN) return narrow(model, size.width).slice(0, rowsMax).join('\n');
  const width = Math.min(size.width, WIDTH_MAX);
  const head = [...header(model, width, palette), ...parts(model.parts, width, palette)];
  const middle = [...flow(model, width, palette), ...replay(model, width, palette)];
  const tail = notices(model, width, palette);
  const fixed = head.length + middle.length + tail.length;
  // Each list has a heading.
  const listRows = Math.floor((rowsMax - fixed - 2) / 2);
  const rows = Math.max(LIST_ROWS_MIN, Math.min(LIST_ROWS_MAX, listRows));
  const lists =
    model.flow === null
      ? []
      : [...spikes(model, rows, width, palette), ...alerts(model, rows, width, palette)];
  return [...head, ...middle, ...lists, ...tail].slice(0, rowsMax).join('\n');
}

function narrow(model: ScreenModel, width: number): string[] {
  const lines = [`Crest ${model.state} ${duration(model.elapsedMs)}`];
  if (model.activity !== null) lines.push(model.activity);
  const down = model.parts.filter(({ state }) => state !== 'up').map(({ name }) => name);
  if (down.length > 0) lines.push(`not up: ${down.join(' ')}`);
  if (model.flow !== null) {
    lines.push(`stored ${count(model.flow.stored)}`, `alerts ${count(model.flow.alertsSent)}`);
  }
  return lines.map((line) => fit(line, width));
}

function header(model: ScreenModel, width: number, palette: Palette): string[] {
  const state = `${model.state} · ${duration(model.elapsedMs)}`;
  const lines = [
    palette.title(fit('Crest', 6)) + palette.accent(fit(state, width - 6)),
    ...wrap(model.about, width).map((line) => palette.dim(fit(line, width))),
  ];
  for (const { label, url } of model.links) {
    lines.push(palette.dim(fit(label, 9)) + fit(url, width - 9));
  }
  if (model.activity !== null) lines.push(palette.busy(fit(`→ ${model.activity}`, width)));
  return [...lines, ''];
}

const MARKS: Readonly<Record<ScreenPart['state'], string>> = {
  waiting: '○',
  starting: '◐',
  up: '●',
  paused: '◌',
  held: '○',
  'backing-off': '✖',
  stopping: '◐',
  down: '○',
  failed: '✖',
};

const WORDS: Readonly<Record<ScreenPart['state'], string>> = {
  waiting: 'waits',
  starting: 'starting',
  up: 'up',
  paused: 'paused',
  held: 'held down',
  'backing-off': 'down',
  stopping: 'stopping',
  down: 'stopped',
  failed: 'failed',
};

function parts(all: readonly ScreenPart[], width: number, palette: Palette): string[] {
  const columns = Math.max(1, Math.floor(width / PART_WIDTH));
  const cells = all.map((part) => partCell(part, palette));
  const lines: string[] = [];
  for (let i = 0; i < cells.length; i += columns) lines.push(cells.slice(i, i + columns).join(''));
  return [...lines, ''];
}

function partCell(part: ScreenPart, palette: Palette): string {
  const name = fit(part.name, 12);
  const detail = part.state === 'up' ? String(part.pid ?? '') : WORDS[part.state];
  const restarts = part.restarts === 0 ? '' : ` ×${part.restarts}`;
  const cell = fit(detail + restarts, PART_WIDTH - 15);
  return `${colourOf(part.state, palette)(MARKS[part.state])} ${name} ${
    part.restarts === 0 ? palette.dim(cell) : palette.busy(cell)
  }`;
}

function colourOf(state: ScreenPart['state'], palette: Palette): (text: string) => string {
  if (state === 'up') return palette.good;
  if (state === 'backing-off' || state === 'failed') return palette.bad;
  return palette.busy;
}

function flow({ flow: known }: ScreenModel, width: number, palette: Palette): string[] {
  if (known === null) return [];
  const lines = [flowNow(known), flowTotals(known)].map((cells) => figures(cells, width, palette));
  return [...lines, ''];
}

type Cell = readonly [label: string, value: string, alarming?: boolean];

function flowNow(known: Flow): Cell[] {
  const lag =
    known.lagSeconds === null
      ? count(known.lagRecords)
      : `${count(known.lagRecords)} (${known.lagSeconds.toFixed(1)} s)`;
  return [
    ['messages/s', count(known.messagesPerSecond)],
    ['lag', lag, (known.lagSeconds ?? 0) > 10],
    [
      'rooms',
      `${count(known.roomsJoined)} of ${count(known.roomsWanted)}`,
      known.roomsJoined !== null && known.roomsJoined < known.roomsWanted,
    ],
  ];
}

function flowTotals(known: Flow): Cell[] {
  return [
    ['sent', count(known.sent)],
    ['stored', count(known.stored)],
    ['alerts', count(known.alertsSent)],
    ['gaps', count(known.gaps), (known.gaps ?? 0) > 0],
  ];
}

function figures(cells: readonly Cell[], width: number, palette: Palette): string {
  const each = Math.floor(width / cells.length);
  return cells
    .map(([label, value, alarming]) => {
      const shown = fit(value, Math.max(0, each - label.length - 1));
      return `${palette.dim(label)} ${alarming === true ? palette.busy(shown) : shown}`;
    })
    .join('');
}

function replay({ replay: known }: ScreenModel, width: number, palette: Palette): string[] {
  if (known === null) return [];
  const words = `${Math.floor(known.done * 100)} %, ${duration(known.leftMs)} left`;
  const bar = progressBar(known.done, Math.max(5, width - 30));
  return [`${palette.accent(bar)} ${fit(words, 29)}`.trimEnd(), ''];
}

function spikes(model: ScreenModel, rows: number, width: number, palette: Palette): string[] {
  const heading = headingLine('Newest spikes', 'in the time of the chat', width, palette);
  if (model.spikes.length === 0) {
    return [heading, palette.dim(fit('none yet: a channel must be known for 4 minutes', width))];
  }
  const spark = Math.max(8, Math.min(SPARK_WIDTH, width - 50));
  const login = Math.min(25, Math.max(8, width - spark - 23));
  return [
    heading,
    ...model.spikes.slice(0, rows).map((spike) => {
      const bars = palette.accent(fit(sparkline(spike.perSecond, spark), spark));
      const score = `score ${Math.round(spike.score)}`;
      return `${palette.dim(timeOfDay(spike.atMs))}  ${fit(spike.login, login)} ${bars} ${fit(score, 10)}`;
    }),
  ];
}

function alerts(model: ScreenModel, rows: number, width: number, palette: Palette): string[] {
  const heading = headingLine('Newest alerts', 'as they were sent', width, palette);
  if (model.alerts.length === 0) return [heading, palette.dim(fit('none yet', width))];
  return [
    heading,
    ...model.alerts.slice(0, rows).map((alert) => {
      const to = fit(alert.to, 20);
      const kind = palette.accent(fit(alert.kind, 5));
      const at = palette.dim(timeOfDay(alert.atMs));
      return `${at}  ${kind} ${palette.dim(to)} ${fit(alert.text, Math.max(0, width - 37))}`;
    }),
  ];
}

function headingLine(title: string, note: string, width: number, palette: Palette): string {
  return `${palette.title(title)} ${palette.dim(fit(note, width - title.length - 1))}`;
}

function notices(model: ScreenModel, width: number, palette: Palette): string[] {
  const last = model.notices.at(-1);
  return last === undefined ? [] : ['', palette.busy(fit(last, width))];
}

/** Breaks a sentence into lines between words. */
function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width) {
      lines[lines.length - 1] = `${last} ${word}`;
    } else lines.push(word);
  }
  return lines;
}

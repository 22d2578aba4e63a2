/** Plain lines on stderr: for logs and pipes. One line of figures every ten seconds. */
import type { ScreenModel } from '../core/screen/model.ts';
import { count, duration } from '../core/screen/text.ts';
import { plainProgress } from '../setup/progress.ts';
import type { Display } from './display.ts';

const FIGURES_INTERVAL_MS = 10_000;

export function plainDisplay(write: (line: string) => void, nowMs: () => number): Display {
  let shownAtMs = nowMs();
  let state = '';
  return {
    setup: plainProgress(write),
    notice: write,
    show(model) {
      const changed = model.state !== state;
      if (!changed && nowMs() - shownAtMs < FIGURES_INTERVAL_MS) return;
      shownAtMs = nowMs();
      state = model.state;
      write(figuresLine(model));
    },
    close: () => undefined,
  };
}

/** The model in one line. */
export function figuresLine(model: ScreenModel): string {
  const words = [model.state, duration(model.elapsedMs)];
  if (model.flow !== null) {
    const { flow } = model;
    words.push(
      `rooms ${count(flow.roomsJoined)} of ${flow.roomsWanted}`,
      `${count(flow.messagesPerSecond)} messages/s`,
      `sent ${count(flow.sent)}`,
      `stored ${count(flow.stored)}`,
      `lag ${count(flow.lagRecords)}`,
      `alerts ${count(flow.alertsSent)}`,
      `gaps ${count(flow.gaps)}`,
    );
  }
  if (model.replay !== null) {
    words.push(`${Math.floor(model.replay.done * 100)} %, ${duration(model.replay.leftMs)} left`);
  }
  const notUp = model.parts.filter((part) => part.state !== 'up' && part.state !== 'waiting');
  if (notUp.length > 0) words.push(notUp.map(({ name, state }) => `${name} ${state}`).join(', '));
  return words.join(' · ');
}

/** The live screen on a terminal. */
import { Chalk, type ColorSupportLevel } from 'chalk';
import type { ScreenModel } from '../core/screen/model.ts';
import { render, type Palette } from '../core/screen/render.ts';
import type { Progress } from '../setup/progress.ts';
import type { Display } from './display.ts';
import { TerminalBlock } from './terminal-block.ts';

const NOTICE_SHOWN_MS = 8_000;

/** Draws on a terminal; `close` leaves the last picture there and gives the cursor back. */
export function liveDisplay(terminal: NodeJS.WriteStream, nowMs: () => number): Display {
  const block = new TerminalBlock(terminal);
  const palette = paletteOf(terminal);
  const steps = new Map<string, string>();
  let notice: { text: string; untilMs: number } | undefined;
  let model: ScreenModel | undefined;
  let closed = false;

  const draw = (): void => {
    if (closed || model === undefined) return;
    const fresh = notice !== undefined && notice.untilMs > nowMs() ? [notice.text] : [];
    const activity = [...steps].map(([title, detail]) => `${title} ${detail}`.trim()).join(' · ');
    const size = { width: terminal.columns || 80, height: terminal.rows || 24 };
    const shown = {
      ...model,
      notices: fresh,
      activity: activity === '' ? model.activity : activity,
    };
    block.draw(render(shown, size, palette));
  };
  terminal.on('resize', draw);

  return {
    setup: stepsProgress(steps, draw),
    notice(text) {
      notice = { text, untilMs: nowMs() + NOTICE_SHOWN_MS };
      draw();
    },
    show(next) {
      model = next;
      draw();
    },
    close() {
      if (closed) return;
      closed = true;
      terminal.off('resize', draw);
      block.close();
    },
  };
}

function stepsProgress(steps: Map<string, string>, draw: () => void): Progress {
  return {
    begin(title) {
      steps.set(title, '');
      draw();
      return {
        update(detail) {
          steps.set(title, detail);
          draw();
        },
        done() {
          steps.delete(title);
          draw();
        },
      };
    },
  };
}

function paletteOf(terminal: NodeJS.WriteStream): Palette {
  const chalk = new Chalk({ level: colourLevel(terminal) });
  return {
    title: (text) => chalk.bold(text),
    dim: (text) => chalk.dim(text),
    good: (text) => chalk.green(text),
    busy: (text) => chalk.yellow(text),
    bad: (text) => chalk.red(text),
    accent: (text) => chalk.cyan(text),
  };
}

function colourLevel(terminal: NodeJS.WriteStream): ColorSupportLevel {
  // `hasColors` knows NO_COLOR, FORCE_COLOR and dumb terminals.
  return terminal.hasColors() ? 1 : 0;
}

/** Where a run is shown: a live screen on a terminal, plain lines elsewhere. */
import type { ScreenModel } from '../core/screen/model.ts';
import type { Progress } from '../setup/progress.ts';

export interface Display {
  /** Shows steps of the setup. */
  readonly setup: Progress;
  /** Something that happened, in one line. */
  notice(text: string): void;
  /** How things are; called about twice a second. */
  show(model: ScreenModel): void;
  /** Gives the terminal back. Safe to call twice. */
  close(): void;
}

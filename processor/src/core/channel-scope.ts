/** What rules about one channel may use and write to while a record is folded. */
import type { Window } from '@crest/shared/records/windows-updated';
import type { FoldEffects } from './fold-effects.ts';
import type { ChannelState } from './partition-state.ts';

export interface ChannelScope {
  readonly channel: ChannelState;
  readonly effects: FoldEffects;
  /** Seconds before this one are closed. */
  readonly closedBefore: number;
  /** Offset of the record that is folded. */
  readonly revision: number;
  readonly watermarkMs: number;
  /** Sends windows of the channel. */
  readonly update: (windows: Window[]) => void;
}

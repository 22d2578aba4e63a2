import type { UpOptions } from './up-options.ts';

/** What a run is, in a sentence for somebody who has never seen one. */
export function aboutRun({ mode, speed, channels }: UpOptions): string {
  const what = 'Every message is counted and stored; when a crowd reacts, people are told.';
  const pace = speed === 1 ? 'as fast as life' : `${speed} times as fast as life`;
  switch (mode) {
    case 'world':
      return `A made-up Twitch chats, ${pace}. ${what} Ctrl-C stops everything.`;
    case 'replay':
      return `Recorded chats are played by a pretend Twitch, ${pace}. ${what} Ctrl-C stops everything.`;
    case 'live':
      return `Reading ${channels.length} channels of Twitch, anonymously. ${what} Ctrl-C stops everything.`;
  }
}

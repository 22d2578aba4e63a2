import type { PartEvent } from './part.ts';

/** What happened to a part, in a line. */
export function partNotice(event: PartEvent): string {
  switch (event.kind) {
    case 'up':
      return `${event.name} is up (process ${event.pid}, ${(event.tookMs / 1_000).toFixed(1)} s)`;
    case 'ended': {
      if (event.ordered !== null) return `${event.name} was ended on purpose (${event.how})`;
      const when = event.waitMs === 0 ? 'at once' : `in ${(event.waitMs / 1_000).toFixed(1)} s`;
      return `${event.name} ended (${event.how}): it starts again ${when}`;
    }
    case 'paused':
      return `${event.name} is paused`;
    case 'resumed':
      return `${event.name} goes on`;
    case 'failed':
      return event.reason;
  }
}

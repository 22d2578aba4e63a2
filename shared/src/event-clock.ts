/**
 * The clock of event time: the wall clock while reading live, a scaled one in a replay.
 *
 * Lines without a stamp of Twitch's own (ROOMSTATE, NOTICE, ticks, gaps) take their time from it
 * (docs/reference/semantics.md, Time).
 */
export interface EventClock {
  /** Event time now, epoch milliseconds, a whole number. */
  nowMs(): number;
  /** Seconds of event time that pass in a second of wall time. */
  readonly speed: number;
}

/** `eventAnchorMs + (wall - wallAnchorMs) * speed`; null stands for the wall clock itself. */
export type EventClockSetting = {
  wallAnchorMs: number;
  eventAnchorMs: number;
  speed: number;
} | null;

/** Makes the clock of a setting over a wall clock (`Date.now` in services). */
export function createEventClock(setting: EventClockSetting, wallNowMs: () => number): EventClock {
  if (setting === null) return { nowMs: wallNowMs, speed: 1 };
  const { wallAnchorMs, eventAnchorMs, speed } = setting;
  return {
    nowMs: () => Math.floor(eventAnchorMs + (wallNowMs() - wallAnchorMs) * speed),
    speed,
  };
}

/**
 * Reads `wall` or `wallAnchorMs,eventAnchorMs,speed`.
 * @throws RangeError that says what was expected.
 */
export function parseEventClock(text: string): EventClockSetting {
  if (text === 'wall') return null;
  const parts = text.split(',').map(Number);
  const [wallAnchorMs, eventAnchorMs, speed] = parts;
  const complete = parts.length === 3 && parts.every(Number.isFinite);
  if (!complete || speed === undefined || speed <= 0) {
    throw new RangeError('expected wall, or wallAnchorMs,eventAnchorMs,speed with a speed above 0');
  }
  return { wallAnchorMs: wallAnchorMs ?? 0, eventAnchorMs: eventAnchorMs ?? 0, speed };
}

/** The text that `parseEventClock` reads. */
export function printEventClock(setting: EventClockSetting): string {
  if (setting === null) return 'wall';
  return `${setting.wallAnchorMs},${setting.eventAnchorMs},${setting.speed}`;
}

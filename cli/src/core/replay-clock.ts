/**
 * The event clock of a replay: where it starts so that nothing is ever stamped in the future.
 *
 * Event time runs `speed` times as fast as wall time, so it must start behind it. Let J be the wall
 * time until the lines start (every room joined), L the event time that the lines take and T the
 * tail, the event time after the last line until every window is final. The clock reads
 * `eventAnchor + (wall - wallAnchor) * speed`; it is furthest ahead at the end, at wall time
 * `wallAnchor + J + (L + T) / speed`. There it must not pass the wall clock:
 *
 *     eventAnchor + (J + (L + T) / speed) * speed <= wallAnchor + J + (L + T) / speed
 *     eventAnchor <= wallAnchor - (speed - 1) * (J + (L + T) / speed)
 *
 * J is not known before, so it is given its largest value, `JOIN_TIME_MAX_MS`.
 *
 * Windows of an hour are final when their hour is over, and nobody wants to wait for the rest of one
 * that has just begun. So the clock starts earlier still, by less than an hour, such that lines that
 * start within `JOIN_TIME_USUAL_MS` end shortly before an hour does.
 */
import type { EventClockSetting } from '@crest/shared/event-clock';

const SECOND = 1_000;
const HOUR = 3_600 * SECOND;

/** Wall time for starting up, joining every room, and draining after the end, milliseconds. */
export const JOIN_TIME_MAX_MS = 120 * SECOND;

/** Wall time in which lines usually have started; if not, the run waits for another hour to end. */
export const JOIN_TIME_USUAL_MS = 45 * SECOND;

/** Settings that stand for the delay of a network, at speed 1, milliseconds. */
const NETWORK_DELAYS = {
  /** How long the watermark waits for stragglers. */
  latenessMs: 2 * SECOND,
  /** How far ahead of the event clock a stamp may be. */
  clampMs: 60 * SECOND,
  /** How long a line is under way from Twitch's stamp to the collector. */
  deliveryMs: 250,
} as const;

/** The network's delays in event time: a wall second of delay is `speed` seconds of a replay. */
export type EventDelays = { readonly [K in keyof typeof NETWORK_DELAYS]: number };

/** The delays as the services are told them, milliseconds of event time. */
export function eventDelays(speed: number): EventDelays {
  const { latenessMs, clampMs, deliveryMs } = NETWORK_DELAYS;
  return {
    latenessMs: Math.round(latenessMs * speed),
    clampMs: Math.round(clampMs * speed),
    deliveryMs: Math.round(deliveryMs * speed),
  };
}

/** Event time after the last line until every window is surely final: the rest of its hour. */
export function tailMs(speed: number): number {
  return HOUR + eventDelays(speed).latenessMs;
}

/** The clock of a replay that begins at `wallNowMs`; `longestMs` is the event time of its lines. */
export function replayClock(
  replay: { readonly longestMs: number; readonly speed: number },
  wallNowMs: number,
): NonNullable<EventClockSetting> {
  const { longestMs, speed } = replay;
  const wallTakenMs = JOIN_TIME_MAX_MS + (longestMs + tailMs(speed)) / speed;
  if (speed <= 1) return { wallAnchorMs: wallNowMs, eventAnchorMs: wallNowMs, speed };
  const latestMs = Math.floor(wallNowMs - (speed - 1) * wallTakenMs);
  // Lines start on a whole second, so their end may be later by one.
  const endMs = latestMs + Math.ceil(JOIN_TIME_USUAL_MS * speed + longestMs) + SECOND;
  return { wallAnchorMs: wallNowMs, eventAnchorMs: latestMs - (endMs % HOUR) - 1, speed };
}

/**
 * Event time at which every window of a run is final: the end of the hour of the last line.
 * The watermark reaches it when the clock is later by the lateness.
 */
export function finalHourEndMs(lastLineAtMs: number): number {
  return (Math.floor(lastLineAtMs / HOUR) + 1) * HOUR;
}

/** Wall milliseconds that a replay takes from its first line, at this event time, to its last final window. */
export function replayWallMs(
  replay: { readonly longestMs: number; readonly speed: number },
  startAtMs: number,
): number {
  const { longestMs, speed } = replay;
  const endMs = finalHourEndMs(startAtMs + longestMs) + eventDelays(speed).latenessMs;
  return (endMs - startAtMs) / speed;
}

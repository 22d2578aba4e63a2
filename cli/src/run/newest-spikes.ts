/** The newest spikes with the rate of their channel around the peak. */
import type { ScreenSpike } from '../core/screen/model.ts';
import type { DatabaseDesk } from './database-desk.ts';

interface SpikeDocument {
  channelId: string;
  channelLogin: string;
  peakMs: number;
  score: number;
}

interface TenSecondsDocument {
  startMs: number;
  seconds?: { messages?: number[] };
}

const TEN_SECONDS_MS = 10_000;
/** Ten-second windows before the one of the peak, and after it. */
const BEFORE = 4;
const AFTER = 1;

/** The newest by event time first. */
export async function newestSpikes(database: DatabaseDesk, limit: number): Promise<ScreenSpike[]> {
  const found = await database
    .collection<SpikeDocument>('spikes')
    .find({})
    .sort({ peakMs: -1 })
    .limit(limit)
    .toArray();
  return Promise.all(
    found.map(async (spike) => ({
      login: spike.channelLogin,
      atMs: spike.peakMs,
      score: spike.score,
      perSecond: await perSecondAround(database, spike.channelId, spike.peakMs),
    })),
  );
}

async function perSecondAround(
  database: DatabaseDesk,
  channelId: string,
  peakMs: number,
): Promise<number[]> {
  const middle = Math.floor(peakMs / TEN_SECONDS_MS) * TEN_SECONDS_MS;
  const starts = Array.from(
    { length: BEFORE + 1 + AFTER },
    (_, i) => middle + (i - BEFORE) * TEN_SECONDS_MS,
  );
  const documents = await database
    .collection<TenSecondsDocument>('windows10s')
    .find({ _id: { $in: starts.map((start) => `${channelId}:${start}`) } })
    .toArray();
  const byStart = new Map(documents.map((document) => [document.startMs, document]));
  // What comes after the newest window is not known yet; what is missing before it was silence.
  const known = starts.slice(0, starts.findLastIndex((start) => byStart.has(start)) + 1);
  return known.flatMap((start) => {
    const counts = byStart.get(start)?.seconds?.messages ?? [];
    return Array.from({ length: 10 }, (_, second) => counts[second] ?? 0);
  });
}

/** Spikes against the detector in batch, where nothing that came to light later confuses it. */
import { detectAll } from '@crest/processor/core/detector-batch';
import type { LogFacts, LoggedRoom } from './log-facts.ts';
import { DETECTOR, TOPICS } from './services.ts';
import type { SimKafka } from './sim-kafka.ts';
import type { SimStore } from './sim-store.ts';

/** A spike as it stands on `channel.spikes`. */
export interface SeenSpike {
  readonly channelId: string;
  readonly peakMs: number;
  readonly score: number;
}

/** The spikes of a partition, each once, in the order in which readers hear of them. */
export function spikesOn(kafka: SimKafka, partition: number): SeenSpike[] {
  const seen = new Map<string, SeenSpike>();
  for (const { value } of kafka.log(TOPICS.channelSpikes, partition)) {
    const spike = JSON.parse(value?.toString('utf8') ?? '') as SeenSpike;
    const key = `${spike.channelId}:${spike.peakMs}`;
    if (!seen.has(key)) seen.set(key, spike);
  }
  return [...seen.values()];
}

/** Everything that differs in rooms without gaps: there the batch needs to know nothing else. */
export function judgeSpikes(kafka: SimKafka, store: SimStore, facts: LogFacts): string[] {
  const gapped = new Set([...store.of('gaps').values()].map((gap) => gap['channelId']));
  const wrong: string[] = [];
  for (const [roomId, room] of facts.rooms) {
    const told = spikesOn(kafka, room.partition).filter(({ channelId }) => channelId === roomId);
    const stored = [...store.of('spikes').values()].filter((each) => each['channelId'] === roomId);
    if (told.length !== stored.length) {
      wrong.push(`room ${roomId}: ${told.length} spikes are told, ${stored.length} stored`);
    }
    if (gapped.has(roomId) || facts.isEverUnwanted(roomId)) continue;
    const expected = detected(room, facts.finalSecond(room.partition));
    const found = told.map(({ peakMs, score }) => `${peakMs / 1000}: ${score}`);
    if (found.join() !== expected.join()) {
      wrong.push(`room ${roomId}: spikes ${found.join()} instead of ${expected.join()}`);
    }
  }
  return wrong;
}

// A line that comes when its second is over is counted, but the detector has been there already.
function detected({ lines }: LoggedRoom, lastSecond: number): string[] {
  const counts = new Map<number, number>();
  for (const { atMs, isMessage, isLate } of lines) {
    const second = Math.floor(atMs / 1000);
    if (isMessage && !isLate) counts.set(second, (counts.get(second) ?? 0) + 1);
  }
  const spikes = detectAll({ counts, unobserved: [], lastSecond }, DETECTOR);
  return spikes.map(({ peakSecond, score }) => `${peakSecond}: ${score}`);
}

/** Facts as records: on which topic, in which partition, under which key. */
import type { OutgoingRecord } from '@crest/shared/kafka/port';
import { deadLetter, type DeadLetter } from '@crest/shared/records/dead-letter';
import { heartbeat, type Heartbeat } from '@crest/shared/records/heartbeat';
import { spikeFound } from '@crest/shared/records/spike-found';
import { watermarkMoved, windowsUpdated } from '@crest/shared/records/windows-updated';
import type { TopicNames } from '@crest/shared/topics';
import type { OutgoingFact } from '../core/fold-effects.ts';

/** Where records of one partition go: the topics are co-partitioned, so it keeps its number. */
export interface OutgoingPlace {
  readonly topics: TopicNames;
  readonly partition: number;
  /** Wall time, epoch milliseconds. */
  readonly nowMs: number;
}

/** The record of a fact. */
export function recordOf(fact: OutgoingFact, place: OutgoingPlace): OutgoingRecord {
  switch (fact.type) {
    case 'windows.updated':
      return onWindows(place, fact.channelId, windowsUpdated.encode(fact));
    case 'watermark.moved':
      return onWindows(place, null, watermarkMoved.encode(fact));
    case 'spike.found':
      return {
        topic: place.topics.channelSpikes,
        partition: place.partition,
        key: fact.channelId,
        value: spikeFound.encode(fact),
        timestampMs: place.nowMs,
      };
  }
}

/** The heartbeat as it is passed on. */
export function heartbeatRecord(beat: Heartbeat, place: OutgoingPlace): OutgoingRecord {
  return onWindows(place, null, heartbeat.encode(beat));
}

/** The record of something that could not be read. */
export function deadLetterRecord(letter: DeadLetter, place: OutgoingPlace): OutgoingRecord {
  return {
    topic: place.topics.deadLetters,
    partition: 0,
    key: letter.key,
    value: deadLetter.encode(letter),
    timestampMs: place.nowMs,
  };
}

function onWindows(
  { topics, partition, nowMs }: OutgoingPlace,
  key: string | null,
  value: string,
): OutgoingRecord {
  return { topic: topics.channelWindows, partition, key, value, timestampMs: nowMs };
}

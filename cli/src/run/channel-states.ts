/** Which channels are wanted, and what is known of each: from the two compacted topics. */
import { channelObserved, type ChannelObserved } from '@crest/shared/records/channel-observed';
import { channelWanted } from '@crest/shared/records/channel-wanted';
import { parseJson } from '@crest/shared/records/record';
import type { KafkaDesk } from './kafka-desk.ts';

export interface ChannelState {
  /** Under which it stands in `channels.wanted`; null for one that nobody wants any more. */
  readonly key: string | null;
  readonly id: string | null;
  readonly login: string;
  readonly state: 'observed' | 'unobserved' | 'not joined yet' | 'no longer wanted';
  /** Event time since when, or up to which it was read; null where it never was. */
  readonly atMs: number | null;
}

/** Every channel that is wanted or was read, by login. */
export async function channelStates(kafka: KafkaDesk): Promise<ChannelState[]> {
  const wanted = await readWanted(kafka);
  const observed = await readObserved(kafka);
  const states = [...wanted].map(([key, { channelId, channelLogin }]): ChannelState => {
    const last = channelId === null ? undefined : observed.get(channelId);
    return {
      key,
      id: channelId,
      login: channelLogin,
      state: last?.state ?? 'not joined yet',
      atMs: last?.atMs ?? null,
    };
  });
  const ids = new Set(states.map(({ id }) => id));
  const gone = [...observed.values()].filter(({ channelId }) => !ids.has(channelId));
  return [
    ...states,
    ...gone.map(({ channelId, channelLogin, atMs }): ChannelState => ({
      key: null,
      id: channelId,
      login: channelLogin,
      state: 'no longer wanted',
      atMs,
    })),
  ].sort((a, b) => (a.login < b.login ? -1 : 1));
}

async function readWanted(kafka: KafkaDesk) {
  const wanted = new Map<string, { channelId: string | null; channelLogin: string }>();
  await readAll(kafka, kafka.topics.channelsWanted, (key, value) => {
    const json = parseJson(value);
    const parsed = json.ok ? channelWanted.decode(json.value) : json;
    if (parsed.ok) wanted.set(key, parsed.value);
    else wanted.delete(key);
  });
  return wanted;
}

async function readObserved(kafka: KafkaDesk): Promise<Map<string, ChannelObserved>> {
  const observed = new Map<string, ChannelObserved>();
  await readAll(kafka, kafka.topics.channelsObserved, (_key, value) => {
    const json = parseJson(value);
    const parsed = json.ok ? channelObserved.decode(json.value) : json;
    if (!parsed.ok) return;
    const before = observed.get(parsed.value.channelId);
    if (before === undefined || before.generation <= parsed.value.generation) {
      observed.set(parsed.value.channelId, parsed.value);
    }
  });
  return observed;
}

async function readAll(
  kafka: KafkaDesk,
  topic: string,
  onEntry: (key: string, value: Buffer | null) => void,
): Promise<void> {
  const partitions = Array.from({ length: kafka.partitions }, (_, partition) => partition);
  await kafka.kafka.readToEnd(topic, partitions, (_partition, { key, value }) => {
    if (key !== null) onEntry(key, value);
  });
}

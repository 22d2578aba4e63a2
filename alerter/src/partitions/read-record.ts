/** What may stand in the topics that the alerter reads, and the one door to it. */
import { heartbeat, type Heartbeat } from '@crest/shared/records/heartbeat';
import { parseJson, type Parsed, type RecordCodec } from '@crest/shared/records/record';
import { spikeFound, type SpikeFound } from '@crest/shared/records/spike-found';
import {
  watermarkMoved,
  windowsUpdated,
  type WatermarkMoved,
  type WindowsUpdated,
} from '@crest/shared/records/windows-updated';

export type AlerterRecord = WindowsUpdated | WatermarkMoved | SpikeFound | Heartbeat;

const CODECS: ReadonlyMap<string, RecordCodec<AlerterRecord>> = new Map(
  [windowsUpdated, watermarkMoved, spikeFound, heartbeat].map((codec) => [
    codec.type,
    codec as unknown as RecordCodec<AlerterRecord>,
  ]),
);

/** Reads a value of `channel.windows` or `channel.spikes`; a reason where it cannot. */
export function readRecord(value: Uint8Array | null): Parsed<AlerterRecord> {
  const json = parseJson(value);
  if (!json.ok) return json;
  const type = (json.value as { type?: unknown } | null)?.type;
  const codec = CODECS.get(String(type));
  if (codec === undefined) return { ok: false, reason: `type ${String(type)} is unknown` };
  return codec.decode(json.value);
}

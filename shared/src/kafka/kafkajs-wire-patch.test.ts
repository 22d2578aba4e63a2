import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { describe, it } from 'node:test';
import { applyKafkajsWirePatch, recordsToSend } from './kafkajs-wire-patch.ts';

const require = createRequire(import.meta.url);
interface ClientBuffer {
  readonly buffer: Buffer;
}
const produce = require('kafkajs/src/protocol/requests/produce') as {
  readonly versions: readonly string[];
  protocol(version: { version: number }): (options: unknown) => {
    request: { encode: () => Promise<ClientBuffer> };
  };
};

const RECORDS = [
  { key: 'room', value: 'what was said', timestampMs: 1_700_000_000_000 },
  { key: 'room', value: Buffer.from('and then'), timestampMs: 1_700_000_000_001 },
  { key: null, value: null, timestampMs: 1_700_000_000_002 },
];

async function bytesOf(version: number, messages: readonly unknown[]): Promise<Buffer> {
  const topicData = [{ topic: 'log', partitions: [{ partition: 3, messages }] }];
  const call = produce.protocol({ version })({ acks: -1, timeout: 1_000, topicData });
  return Buffer.from((await call.request.encode()).buffer);
}

describe(applyKafkajsWirePatch.name, () => {
  applyKafkajsWirePatch();

  for (const version of produce.versions.map(Number).filter((each) => each < 7)) {
    it(`leaves records to the client where the broker speaks version ${version}`, async () => {
      const messages = RECORDS.map(({ key, value, timestampMs }) => ({
        key,
        value,
        timestamp: String(timestampMs),
      }));
      const ours = await bytesOf(version, [recordsToSend(3, RECORDS)]);
      assert.deepEqual(ours, await bytesOf(version, messages));
      assert.ok(ours.includes('what was said') && ours.includes('and then'));
    });
  }
});

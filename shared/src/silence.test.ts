import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SILENT_AFTER_MS } from './kafka/port.ts';
import { silentServers } from './silence.ts';

const answering = {
  consumer: { silentMs: () => SILENT_AFTER_MS },
  database: { isAnswering: () => true },
};

describe(silentServers.name, () => {
  it('names none while all answer, or are not there yet', () => {
    assert.deepEqual(silentServers(answering), []);
    assert.deepEqual(silentServers({}), []);
  });

  it('names each that does not answer', () => {
    const consumer = { silentMs: () => SILENT_AFTER_MS + 1 };
    const database = { isAnswering: () => false };
    assert.deepEqual(silentServers({ ...answering, consumer }), ['Kafka does not answer']);
    assert.deepEqual(silentServers({ ...answering, database }), ['MongoDB does not answer']);
  });
});

import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { describe, it, type TestContext } from 'node:test';
import { applyKafkajsTimerPatch } from './kafkajs-timer-patch.ts';

interface Queue {
  scheduleRequestTimeoutCheck(): void;
  push(request: object): void;
  waitForPendingRequests(): Promise<void>;
}
type QueueClass = new (options: object) => Queue;

const REQUEST_TIMEOUT_MS = 1_000;

/** A queue of the installed client with one request under way, on a clock of ours. */
function sending(t: TestContext) {
  t.mock.timers.enable({ apis: ['setInterval', 'setTimeout', 'Date'] });
  applyKafkajsTimerPatch();
  const RequestQueue = createRequire(import.meta.url)(
    'kafkajs/src/network/requestQueue',
  ) as QueueClass;
  const connection = { isConnected: true };
  const logger = { debug: () => undefined, warn: () => undefined };
  const queue = new RequestQueue({
    maxInFlightRequests: 1,
    requestTimeout: REQUEST_TIMEOUT_MS,
    enforceRequestTimeout: true,
    clientId: 'c',
    broker: 'b',
    logger,
    isConnected: () => connection.isConnected,
  });
  queue.scheduleRequestTimeoutCheck();
  const errors: string[] = [];
  const send = (correlationId: number): void =>
    queue.push({
      entry: {
        correlationId,
        apiKey: 0,
        apiName: 'Produce',
        apiVersion: 7,
        resolve: () => assert.fail('nobody answers'),
        reject: ({ name }: Error) => errors.push(`${correlationId} ${name}`),
      },
      expectResponse: true,
      sendRequest: () => undefined,
    });
  return { queue, connection, send, errors, tick: (ms: number) => t.mock.timers.tick(ms) };
}

describe('the request queue of the client', () => {
  it('gives requests up whose broker dies while the connection is being closed', async (t) => {
    const { queue, connection, send, errors, tick } = sending(t);
    send(1);
    send(2);
    connection.isConnected = false;
    const closed = queue.waitForPendingRequests();
    tick(REQUEST_TIMEOUT_MS + 200);
    assert.deepEqual(errors, ['1 KafkaJSRequestTimeoutError']);
    tick(REQUEST_TIMEOUT_MS + 200);
    assert.deepEqual(errors, ['1 KafkaJSRequestTimeoutError', '2 KafkaJSRequestTimeoutError']);
    await closed;
  });

  it('leaves requests alone that are in time', (t) => {
    const { send, errors, tick } = sending(t);
    send(1);
    tick(REQUEST_TIMEOUT_MS - 200);
    assert.deepEqual(errors, []);
  });
});

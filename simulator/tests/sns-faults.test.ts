/** The pretend SNS breaks as it is told, and the unmodified SDK sees what it would see of Amazon. */
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';

import type { SNSClient } from '@aws-sdk/client-sns';
import { InternalErrorException, PublishCommand, ThrottledException } from '@aws-sdk/client-sns';

import type { SnsServer } from '../src/sns/server.ts';
import { createSnsServer } from '../src/sns/server.ts';
import { createTestClient } from './_util/sns-client.ts';

const message = { PhoneNumber: '+4915112345678', Message: 'm' };

let sns: SnsServer;
let client: SNSClient;
let impatient: SNSClient;

before(async () => {
  sns = await createSnsServer();
  client = createTestClient(sns.url);
  impatient = createTestClient(sns.url, {
    requestHandler: { requestTimeout: 150, throwOnRequestTimeout: true },
  });
});
afterEach(() => {
  sns.faults.clear();
});
after(async () => {
  client.destroy();
  impatient.destroy();
  await sns.stop();
});

function publish(through = client): Promise<unknown> {
  return through.send(new PublishCommand(message));
}

function delivered(): number {
  return sns.inbox.totals().delivered.sms;
}

async function postFaults(
  body: string,
  method = 'POST',
): Promise<{ status: number; body: unknown }> {
  const init = method === 'POST' ? { method, body } : { method };
  const answer = await fetch(new URL('faults', sns.url), init);
  return { status: answer.status, body: await answer.json() };
}

describe('faults', () => {
  it('throttle with 429, and nothing is delivered', async () => {
    const before = delivered();
    sns.faults.set({ next: { throttle: 1 } });
    await assert.rejects(publish(), (error: unknown) => {
      assert.ok(error instanceof ThrottledException);
      assert.equal(error.$metadata.httpStatusCode, 429);
      return true;
    });
    assert.equal(delivered(), before);
    await publish();
    assert.equal(delivered(), before + 1);
  });

  it('fail with 500, and nothing is delivered', async () => {
    const before = delivered();
    sns.faults.set({ next: { fail: 1 } });
    await assert.rejects(publish(), InternalErrorException);
    assert.equal(delivered(), before);
  });

  it('hang until the client gives up', async () => {
    const before = delivered();
    sns.faults.set({ next: { hang: 1 } });
    await assert.rejects(publish(impatient), { name: 'TimeoutError' });
    assert.equal(delivered(), before);
  });

  it('lose the answer to what was delivered', async () => {
    const before = delivered();
    sns.faults.set({ next: { lose: 1 } });
    await assert.rejects(publish(), { code: 'ECONNRESET' });
    assert.equal(delivered(), before + 1);
  });

  it('delay every answer', async () => {
    const before = delivered();
    sns.faults.set({ latencyMs: 40 });
    const startedAtMs = performance.now();
    await publish();
    assert.ok(performance.now() - startedAtMs >= 39);
    sns.faults.set({ latencyMs: 60_000 });
    await assert.rejects(publish(impatient), { name: 'TimeoutError' });
    assert.equal(delivered(), before + 1);
  });

  it('are survived by the SDK’s own retries, which repeat what was delivered', async () => {
    const before = delivered();
    sns.faults.set({ next: { throttle: 1, lose: 1 } });
    const patient = createTestClient(sns.url, { maxAttempts: 3 });
    await publish(patient);
    patient.destroy();
    assert.equal(delivered(), before + 2);
  });

  it('are ordered, shown and ended over HTTP', async () => {
    const { injected } = sns.faults;
    const plan = { next: { throttle: 2 }, actions: ['Publish'] };
    const ordered = await postFaults(JSON.stringify(plan));
    assert.equal(ordered.status, 200);
    await assert.rejects(publish(), ThrottledException);
    const shown = await postFaults('', 'GET');
    assert.deepEqual(shown.body, {
      plan: {
        next: { throttle: 1 },
        rates: {},
        latencyMs: 0,
        actions: ['Publish'],
        throttleCode: 'Throttled',
      },
      injected: { ...injected, throttle: injected.throttle + 1 },
    });
    await postFaults('', 'DELETE');
    await publish();
  });

  it('that make no sense are refused over HTTP', async () => {
    for (const body of ['', '{', '{"next":{"explode":1}}', '{"rates":{"fail":2}}']) {
      assert.equal((await postFaults(body)).status, 400, body);
    }
  });
});

describe('stop', () => {
  it('ends at once with requests that hang or wait', async () => {
    const server = await createSnsServer();
    const waiting = createTestClient(server.url);
    server.faults.set({ next: { hang: 1 } });
    const hung = publish(waiting).catch((error: unknown) => error);
    while (server.faults.injected.hang === 0) await new Promise(setImmediate);
    server.faults.set({ latencyMs: 600_000 });
    const slow = publish(waiting).catch((error: unknown) => error);
    await server.stop();
    await server.stop();
    assert.ok((await hung) instanceof Error);
    assert.ok((await slow) instanceof Error);
    waiting.destroy();
  });

  it('leaves a port that is taken with an error, not a half-open server', async () => {
    await assert.rejects(createSnsServer({ port: sns.port }), { code: 'EADDRINUSE' });
  });
});

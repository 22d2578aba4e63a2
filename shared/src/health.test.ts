import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Counter, Registry } from 'prom-client';
import { serveHealth, type HealthServer } from './health.ts';

describe('serveHealth', () => {
  const reasons: string[] = [];
  let server: HealthServer;

  before(async () => {
    const registry = new Registry();
    new Counter({ name: 'crest_test_total', help: 'A test.', registers: [registry] }).inc(3);
    server = await serveHealth({ host: '127.0.0.1', port: 0, registry, notReady: () => reasons });
  });
  after(() => server.close());

  async function get(path: string): Promise<{ status: number; body: string }> {
    const response = await fetch(`http://127.0.0.1:${server.port}${path}`);
    return { status: response.status, body: await response.text() };
  }

  it('is live whatever else is going on', async () => {
    assert.deepEqual(await get('/livez'), { status: 200, body: 'live\n' });
  });

  it('is ready when there is no reason against it', async () => {
    assert.deepEqual(await get('/readyz'), { status: 200, body: 'ready\n' });
  });

  it('says why it is not ready', async () => {
    reasons.push('kafka: no partitions yet', 'mongodb: no answer');
    const { status, body } = await get('/readyz');
    reasons.length = 0;
    assert.equal(status, 503);
    assert.match(body, /kafka: no partitions yet; mongodb: no answer/);
  });

  it('serves the metrics of the registry that it was given', async () => {
    const { status, body } = await get('/metrics?x=1');
    assert.equal(status, 200);
    assert.match(body, /crest_test_total 3/);
  });

  it('knows no other page', async () => {
    assert.equal((await get('/')).status, 404);
  });
});

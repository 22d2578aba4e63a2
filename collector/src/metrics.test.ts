import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createLogger } from '@crest/shared/logger';
import { Registry } from 'prom-client';
import { createEvents } from './events.ts';
import { createMetrics, type CollectorGauges } from './metrics.ts';

const GAUGES: CollectorGauges = {
  roomsWanted: 3,
  roomsConfirmed: 2,
  roomsJoining: 1,
  connections: { connecting: 0, open: 1, retiring: 0 },
  limiterTokens: { joins: 19, connects: 1 },
  queueRecords: 5,
  waitingBytes: 12,
  queueBytes: 500,
  partitionsHeld: 32,
  spoolBytes: 7,
  spoolOldestAgeSeconds: 1.5,
  isSpooling: true,
};

/** Every line that a scrape can get from one collector, whatever it reads. */
const SERIES_MAX = 100;

async function scrape(registry: Registry): Promise<string[]> {
  const text = await registry.metrics();
  return text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
}

describe('createMetrics', () => {
  it('stays within its budget of series, however many channels there are', async () => {
    const registry = new Registry();
    const metrics = createMetrics(registry, () => GAUGES);
    const atStart = await scrape(registry);
    const events = createEvents(metrics, createLogger('test', 'silent'));
    for (let i = 0; i < 1000; i += 1) {
      events.lineRead(`COMMAND${i}`);
      events.lineRead('PRIVMSG');
      events.roomRead(`login${i}`, String(i));
      events.roomLost(`login${i}`, 'connection_lost', i);
      events.joinRefused(`login${i}`, 'banned');
      events.connectionEnded(i, 'dead');
      events.recordsSent(10, 0.01);
    }
    const after = await scrape(registry);
    assert.equal(after.length, atStart.length, 'no series appears later');
    assert.ok(after.length <= SERIES_MAX, `${after.length} series`);
  });

  it('counts every line once, however often it is scraped', async () => {
    const registry = new Registry();
    const events = createEvents(
      createMetrics(registry, () => GAUGES),
      createLogger('t', 'silent'),
    );
    for (const command of ['PRIVMSG', 'PRIVMSG', 'CLEARCHAT', 'HOSTTARGET'])
      events.lineRead(command);
    await scrape(registry);
    events.lineRead('PRIVMSG');
    const lines = await scrape(registry);
    assert.ok(lines.includes('crest_collector_lines_total{command="PRIVMSG"} 3'));
    assert.ok(lines.includes('crest_collector_lines_total{command="CLEARCHAT"} 1'));
    assert.ok(lines.includes('crest_collector_lines_total{command="other"} 1'));
  });

  it('names everything by the convention and explains it', async () => {
    const registry = new Registry();
    createMetrics(registry, () => GAUGES);
    for (const { name, help, type } of await registry.getMetricsAsJSON()) {
      assert.match(name, /^crest_collector_[a-z0-9_]+$/);
      assert.match(help, /^[A-Z].*\.$/);
      assert.equal(name.endsWith('_total'), String(type) === 'counter', name);
    }
  });

  it('shows what is asked for at the scrape', async () => {
    const registry = new Registry();
    createMetrics(registry, () => GAUGES);
    const lines = await scrape(registry);
    for (const line of [
      'crest_collector_rooms_wanted 3',
      'crest_collector_connections{state="open"} 1',
      'crest_collector_limiter_tokens{limiter="joins"} 19',
      'crest_collector_queue_bytes 500',
      'crest_collector_spool_bytes 7',
      'crest_collector_spool_oldest_age_seconds 1.5',
      'crest_collector_spooling 1',
      'crest_collector_lines_total{command="PRIVMSG"} 0',
    ]) {
      assert.ok(lines.includes(line), line);
    }
  });
});

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { serverProperties, type BrokerSettings } from './kafka-settings.ts';

function propertiesOf(settings: Partial<BrokerSettings>): Map<string, string> {
  const text = serverProperties({ logDir: '/log', brokerPort: 1, controllerPort: 2, ...settings });
  const lines = text.trimEnd().split('\n');
  return new Map(lines.map((line) => line.split(/=(.*)/s, 2) as [string, string]));
}

describe('serverProperties', () => {
  it('sends clients who came through a proxy back through it', () => {
    const properties = propertiesOf({
      listeners: [{ name: 'COLLECTOR', port: 3, advertisedPort: 4 }],
    });
    assert.equal(
      properties.get('listeners'),
      'PLAINTEXT://127.0.0.1:1,CONTROLLER://127.0.0.1:2,COLLECTOR://127.0.0.1:3',
    );
    assert.equal(
      properties.get('advertised.listeners'),
      'PLAINTEXT://127.0.0.1:1,COLLECTOR://127.0.0.1:4',
    );
    assert.match(properties.get('listener.security.protocol.map') ?? '', /COLLECTOR:PLAINTEXT/);
  });

  it('lets one broker acknowledge alone, and of three any two', () => {
    const controllers = [5, 6, 7].map((port, index) => ({ nodeId: index + 1, port }));
    const cases = [
      { settings: {}, node: '1', voters: '1@127.0.0.1:2', factor: '1', inSync: '1' },
      {
        settings: { cluster: { nodeId: 2, controllers } },
        node: '2',
        voters: '1@127.0.0.1:5,2@127.0.0.1:6,3@127.0.0.1:7',
        factor: '3',
        inSync: '2',
      },
    ];
    for (const { settings, node, voters, factor, inSync } of cases) {
      const properties = propertiesOf(settings);
      assert.equal(properties.get('node.id'), node);
      assert.equal(properties.get('controller.quorum.voters'), voters);
      assert.equal(properties.get('offsets.topic.replication.factor'), factor);
      assert.equal(properties.get('min.insync.replicas'), inSync);
    }
  });
});

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { StoredMessages } from './stored-messages.ts';

describe(StoredMessages.name, () => {
  it('gives back what was put in, also where the key says another id than the document', () => {
    const stored = new StoredMessages();
    stored.push({ _id: '7:1000:a-b', messageId: 'a-b', partition: 3, offset: 5_000_000_000 });
    stored.push({ _id: '7:1000:a-b:2', messageId: 'a-b', partition: 3, offset: 9 });
    stored.push({ _id: '7:2000:c', messageId: 'd', partition: 0, offset: 0 });
    assert.deepEqual(
      [...stored],
      [
        { documentId: '7:1000:a-b', messageId: 'a-b', partition: 3, offset: 5_000_000_000 },
        { documentId: '7:1000:a-b:2', messageId: 'a-b', partition: 3, offset: 9 },
        { documentId: '7:2000:c', messageId: 'd', partition: 0, offset: 0 },
      ],
    );
  });
});

/**
 * Stored lines of one room, kept in about a hundred bytes each: half an hour at 3,000
 * messages a second is more than five million of them, and as objects they would take gigabytes.
 */
import { NumberColumn } from '@crest/simulator/recount/number-column';
import type { StoredMessage } from './run-sources.ts';

/** What is read of a line; its key is that of its bucket and its own id. */
export interface MessageDocument {
  readonly _id: string;
  readonly messageId: string;
  readonly partition: number;
  readonly offset: number;
}

export class StoredMessages implements Iterable<StoredMessage> {
  readonly #documentIds: string[] = [];
  readonly #partitions = NumberColumn.ofIntegers();
  readonly #offsets = NumberColumn.ofNumbers();
  /** Message ids that their document's id does not end with, by index. */
  readonly #oddIds = new Map<number, string>();

  push({ _id, messageId, partition, offset }: MessageDocument): void {
    if (lastPartOf(_id) !== messageId) this.#oddIds.set(this.#documentIds.length, messageId);
    this.#documentIds.push(_id);
    this.#partitions.push(partition);
    this.#offsets.push(offset);
  }

  *[Symbol.iterator](): Generator<StoredMessage> {
    for (const [index, documentId] of this.#documentIds.entries()) {
      yield {
        documentId,
        messageId: this.#oddIds.get(index) ?? lastPartOf(documentId),
        partition: this.#partitions.at(index),
        offset: this.#offsets.at(index),
      };
    }
  }
}

/** Keys are `room:time:offset:id`. */
function lastPartOf(key: string): string {
  return key.slice(key.lastIndexOf(':') + 1);
}

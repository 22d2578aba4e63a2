/**
 * Takes the bulk of the wire out of kafkajs' hands: record batches go in and come out whole, as one
 * pseudo message for each partition, and are written and read by `record-batch-writer.ts` and
 * `record-set-reader.ts`. Connections, metadata, groups, retries and errors stay the client's.
 *
 * The client makes an encoder with a zeroed buffer for every record and partition, copies what it
 * groups once for every record, and makes some twenty objects of each record that it reads: 40 % of
 * the collector and 15 % of every reader. The package is frozen (2.2.4), so what is replaced, the
 * two entries of its table of protocols, stays as it is; requests that do not carry such a pseudo
 * message, other versions of the protocol and responses with compressed batches go its own way.
 */
import { createRequire } from 'node:module';
import {
  encoderWithRoom,
  patchEncoders,
  type Encoder,
  type EncoderClass,
} from './kafkajs-encoder-patch.ts';
import { batchBytesMax, writeRecordBatch, type BatchRecord } from './record-batch-writer.ts';
import { recordSetOf, type RecordSet } from './record-set-reader.ts';

/** What stands in for the records of a partition; the last field is what we look at. */
export interface RecordsToSend {
  readonly partition: number;
  /** The client looks whether there is one. */
  readonly value: Buffer;
  readonly [RECORDS]: readonly BatchRecord[];
}

/** What stands in for the records that a fetch brought of a partition. */
export interface FetchedSet {
  readonly offset: string;
  readonly isControlRecord: false;
  readonly recordSet: RecordSet;
}

const RECORDS = Symbol('records of one partition');
const NOTHING = Buffer.alloc(0);

/** The versions of the protocol that the frozen client speaks with every broker since Kafka 2.3. */
const PRODUCE_VERSION = 7;
const FETCH_VERSION = 11;

const INT32_BYTES = 4;
/** No transactional id, acks, timeout, number of topics. */
const PRODUCE_HEAD_BYTES = 2 + 2 + 2 * INT32_BYTES;

/** The pseudo message of these records, to be sent like any other; they become one batch. */
export function recordsToSend(partition: number, records: readonly BatchRecord[]): RecordsToSend {
  return { partition, value: NOTHING, [RECORDS]: records };
}

/** The record set behind the messages that the client hands out; undefined for real messages. */
export function fetchedSetOf(messages: readonly unknown[]): RecordSet | undefined {
  return (messages[0] as Partial<FetchedSet> | undefined)?.recordSet;
}

interface Decoder {
  readInt16(): number;
  readInt32(): number;
  readInt64(): { toString(): string };
  readString(): string;
  readBytes(length: number): Buffer | null;
}
type DecoderClass = new (bytes: Buffer) => Decoder;

interface Call {
  request: { encode: () => Promise<unknown> };
  response: { decode: (bytes: Buffer) => Promise<unknown>; parse: unknown };
}

interface Definition<Options> {
  protocol: (version: { version: number }) => (options: Options) => Call;
}

interface ProduceOptions {
  readonly acks: number;
  readonly timeout: number;
  readonly topicData: readonly {
    readonly topic: string;
    readonly partitions: readonly {
      readonly partition: number;
      readonly messages: readonly Partial<RecordsToSend>[];
    }[];
  }[];
}

interface FetchOptions {
  readonly isolationLevel?: number;
  readonly maxWaitTime: number;
  readonly minBytes: number;
  readonly maxBytes: number;
  readonly topics: readonly {
    readonly topic: string;
    readonly partitions: readonly {
      readonly partition: number;
      readonly fetchOffset: string;
      readonly maxBytes: number;
    }[];
  }[];
  readonly rackId?: string;
}

let applied = false;

/** Replaces both entries once per process; safe to call again. */
export function applyKafkajsWirePatch(): void {
  if (applied) return;
  applied = true;
  const require = createRequire(import.meta.url);
  const encoders = require('kafkajs/src/protocol/encoder') as EncoderClass;
  const decoders = require('kafkajs/src/protocol/decoder') as DecoderClass;
  patchEncoders(encoders);
  patchProduce(require('kafkajs/src/protocol/requests/produce') as never, encoders);
  patchFetch(require('kafkajs/src/protocol/requests/fetch') as never, { encoders, decoders });
}

function patchProduce(produce: Definition<ProduceOptions>, encoders: EncoderClass): void {
  const usual = produce.protocol;
  produce.protocol = (version) => (options) => {
    if (!isOurs(options)) return usual(version)(options);
    if (version.version !== PRODUCE_VERSION) return usual(version)(withMessages(options));
    const call = usual(version)(options);
    const encode = (): Promise<unknown> => Promise.resolve(produceRequest(options, encoders));
    return { ...call, request: { ...call.request, encode } };
  };
}

function isOurs({ topicData }: ProduceOptions): boolean {
  return topicData.every(({ partitions }) =>
    partitions.every(
      ({ messages }) => messages.length === 1 && messages[0]?.[RECORDS] !== undefined,
    ),
  );
}

/** With the records as messages of the client, for a broker with which it speaks another version. */
function withMessages(options: ProduceOptions): ProduceOptions {
  const topicData = options.topicData.map(({ topic, partitions }) => ({
    topic,
    partitions: partitions.map(({ messages, ...partition }) => ({
      ...partition,
      messages: recordsOf(messages).map(messageFrom),
    })),
  }));
  return { ...options, topicData } as unknown as ProduceOptions;
}

function messageFrom({ key, value, timestampMs }: BatchRecord) {
  return { key, value, timestamp: String(Math.trunc(timestampMs)) };
}

/** Produce request, version 7: transactional_id acks timeout [topic [partition record_set]]. */
function produceRequest(options: ProduceOptions, encoders: EncoderClass): Encoder {
  const { acks, timeout, topicData } = options;
  const encoder = encoderWithRoom(encoders, produceBytesMax(options))
    .writeString(null)
    .writeInt16(acks)
    .writeInt32(timeout)
    .writeInt32(topicData.length);
  for (const { topic, partitions } of topicData) {
    encoder.writeString(topic).writeInt32(partitions.length);
    for (const { partition, messages } of partitions) {
      encoder.writeInt32(partition).writeInt32(0);
      const start = encoder.offset;
      encoder.offset = writeRecordBatch(encoder.buf, start, recordsOf(messages));
      encoder.buf.writeInt32BE(encoder.offset - start, start - INT32_BYTES);
    }
  }
  return encoder;
}

function produceBytesMax({ topicData }: ProduceOptions): number {
  let bytes = PRODUCE_HEAD_BYTES;
  for (const { topic, partitions } of topicData) {
    bytes += 2 * INT32_BYTES + Buffer.byteLength(topic);
    for (const { messages } of partitions) {
      bytes += 2 * INT32_BYTES + batchBytesMax(recordsOf(messages));
    }
  }
  return bytes;
}

function recordsOf(messages: readonly Partial<RecordsToSend>[]): readonly BatchRecord[] {
  return messages[0]?.[RECORDS] ?? [];
}

function patchFetch(
  fetch: Definition<FetchOptions>,
  { encoders, decoders }: { encoders: EncoderClass; decoders: DecoderClass },
): void {
  const usual = fetch.protocol;
  fetch.protocol = (version) => (options) => {
    const call = usual(version)(options);
    if (version.version !== FETCH_VERSION) return call;
    const encode = (): Promise<unknown> => Promise.resolve(fetchRequest(options, encoders));
    const decode = async (bytes: Buffer): Promise<unknown> =>
      fetchResponse(new decoders(bytes)) ?? (await call.response.decode(bytes));
    return {
      ...call,
      request: { ...call.request, encode },
      response: { ...call.response, decode },
    };
  };
}

const CONSUMER = -1;
const READ_COMMITTED = 1;
/** No fetch session: every request names what it wants. */
const NO_SESSION = { id: 0, epoch: -1 };
const NOT_KNOWN = -1;
/** Seven numbers and a byte, no forgotten topics, and the length of the rack. */
const FETCH_HEAD_BYTES = 7 * INT32_BYTES + 1 + INT32_BYTES + 2;
const FETCH_PARTITION_BYTES = 3 * INT32_BYTES + 2 * 8;

/** Fetch request, version 11. */
function fetchRequest(options: FetchOptions, encoders: EncoderClass): Encoder {
  const { isolationLevel = READ_COMMITTED, maxWaitTime, minBytes, maxBytes, topics } = options;
  const encoder = encoderWithRoom(encoders, fetchBytes(options))
    .writeInt32(CONSUMER)
    .writeInt32(maxWaitTime)
    .writeInt32(minBytes)
    .writeInt32(maxBytes)
    .writeInt8(isolationLevel)
    .writeInt32(NO_SESSION.id)
    .writeInt32(NO_SESSION.epoch)
    .writeInt32(topics.length);
  for (const { topic, partitions } of topics) {
    encoder.writeString(topic).writeInt32(partitions.length);
    for (const { partition, fetchOffset, maxBytes: partitionBytes } of partitions) {
      encoder.writeInt32(partition).writeInt32(NOT_KNOWN);
      writeInt64(encoder, Number(fetchOffset));
      encoder.writeInt32(NOT_KNOWN).writeInt32(NOT_KNOWN).writeInt32(partitionBytes);
    }
  }
  return encoder.writeInt32(0).writeString(options.rackId ?? '');
}

function fetchBytes({ topics, rackId = '' }: FetchOptions): number {
  let bytes = FETCH_HEAD_BYTES + Buffer.byteLength(rackId);
  for (const { topic, partitions } of topics) {
    bytes += 2 * INT32_BYTES + Buffer.byteLength(topic) + FETCH_PARTITION_BYTES * partitions.length;
  }
  return bytes;
}

function writeInt64(encoder: Encoder, value: number): void {
  encoder.writeInt32(Math.floor(value / 0x1_0000_0000)).writeInt32(value | 0);
}

/** Fetch response, version 11; null where a partition holds what the client has to read. */
function fetchResponse(decoder: Decoder) {
  const clientSideThrottleTime = decoder.readInt32();
  const errorCode = decoder.readInt16();
  const sessionId = decoder.readInt32();
  const responses = [];
  for (let topics = decoder.readInt32(); topics > 0; topics -= 1) {
    const topicName = decoder.readString();
    const partitions = [];
    for (let left = decoder.readInt32(); left > 0; left -= 1) {
      const partition = partitionResponse(decoder);
      if (partition === null) return null;
      partitions.push(partition);
    }
    responses.push({ topicName, partitions });
  }
  return { throttleTime: 0, clientSideThrottleTime, errorCode, sessionId, responses };
}

function partitionResponse(decoder: Decoder) {
  const head = {
    partition: decoder.readInt32(),
    errorCode: decoder.readInt16(),
    highWatermark: decoder.readInt64().toString(),
    lastStableOffset: decoder.readInt64().toString(),
    lastStartOffset: decoder.readInt64().toString(),
  };
  // A list of transactions that were given up; -1 is no list.
  if (decoder.readInt32() > 0) return null;
  const preferredReadReplica = decoder.readInt32();
  const length = decoder.readInt32();
  const bytes = length > 0 ? decoder.readBytes(length) : null;
  const recordSet = bytes === null ? 'empty' : recordSetOf(bytes);
  if (recordSet === null) return null;
  const messages = recordSet === 'empty' ? [] : [messageOf(recordSet)];
  return { ...head, abortedTransactions: [], preferredReadReplica, messages };
}

function messageOf(recordSet: RecordSet): FetchedSet {
  return { offset: String(recordSet.lastOffset), isControlRecord: false, recordSet };
}

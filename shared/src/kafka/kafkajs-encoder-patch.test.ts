import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { before, describe, it } from 'node:test';
import {
  encoderWithRoom,
  patchEncoders,
  type Encoder,
  type EncoderClass,
} from './kafkajs-encoder-patch.ts';

const require = createRequire(import.meta.url);
const encoders = require('kafkajs/src/protocol/encoder') as EncoderClass;
const requestOf = require('kafkajs/src/protocol/request') as (call: {
  correlationId: number;
  clientId: string;
  request: { apiKey: number; apiVersion: number; encode: () => Promise<Encoder> };
}) => Promise<Encoder>;

const BODY = 'what is said in the request, and more of it than a small buffer holds. '.repeat(20);

/** The bytes of a request with such a body, and whether they stand where the body was written. */
async function request(
  body: Encoder,
  clientId = 'me',
): Promise<{ bytes: Buffer; isInPlace: boolean }> {
  const encode = (): Promise<Encoder> => Promise.resolve(body);
  const call = { correlationId: 7, clientId, request: { apiKey: 0, apiVersion: 7, encode } };
  const { buf, offset } = await requestOf(call);
  const isInPlace =
    buf.buffer === body.buf.buffer &&
    buf.byteOffset + buf.length === body.buf.byteOffset + body.buf.length;
  return { bytes: Buffer.from(buf.subarray(0, offset)), isInPlace };
}

function plain(text: string): Encoder {
  return new encoders(1).writeString(text).writeInt16(3);
}

function roomy(text: string, bytes = text.length + 4): Encoder {
  return encoderWithRoom(encoders, bytes).writeString(text).writeInt16(3);
}

describe(encoderWithRoom.name, () => {
  let expected: Buffer;
  before(async () => {
    ({ bytes: expected } = await request(plain(BODY)));
    patchEncoders(encoders);
  });

  it('takes the head of a request before its body, without a copy of the body', async () => {
    const { bytes, isInPlace } = await request(roomy(BODY));
    assert.deepEqual(bytes, expected);
    assert.ok(isInPlace);
  });

  it('is copied where the head is longer than the room', async () => {
    const clientId = 'a client with a name that is rather long '.repeat(9);
    const { bytes: copied } = await request(plain(BODY), clientId);
    const { bytes, isInPlace } = await request(roomy(BODY), clientId);
    assert.deepEqual(bytes, copied);
    assert.ok(!isInPlace);
  });

  it('is copied where more was written than it was made for', async () => {
    const { bytes, isInPlace } = await request(roomy(BODY, 10));
    assert.deepEqual(bytes, expected);
    assert.ok(!isInPlace);
  });

  it('leaves the bytes of any other encoder where they are', () => {
    const other = plain('as it was');
    const before = Buffer.from(other.buf);
    new encoders(1).writeEncoder(other).writeString('x');
    assert.deepEqual(other.buf, before);
  });

  it('can be the body of a second request', async () => {
    const body = roomy(BODY);
    await request(body, 'another');
    const { bytes } = await request(body);
    assert.deepEqual(bytes, expected);
  });
});

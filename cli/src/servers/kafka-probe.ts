import { askOnce } from './probe-socket.ts';

/** A Metadata request, version 1, for no topics: kafka.apache.org/protocol#The_Messages_Metadata. */
const METADATA_REQUEST = (() => {
  const clientId = 'crest';
  const body = Buffer.alloc(4 + 2 + 2 + 4 + 2 + clientId.length + 4);
  let at = body.writeInt32BE(body.length - 4, 0);
  at = body.writeInt16BE(3, at);
  at = body.writeInt16BE(1, at);
  at = body.writeInt32BE(1, at);
  at = body.writeInt16BE(clientId.length, at);
  at += body.write(clientId, at);
  body.writeInt32BE(0, at);
  return body;
})();

/** Whether a broker answers on this port of 127.0.0.1 and is a member of its own cluster. */
export async function kafkaAnswers(port: number): Promise<boolean> {
  const reply = await askOnce(port, METADATA_REQUEST, (received) =>
    received.length < 4 ? undefined : 4 + received.readInt32BE(0),
  );
  // Length, correlation id, then the number of brokers: none until the controller let this one in.
  return reply !== undefined && reply.length >= 12 && reply.readInt32BE(8) > 0;
}

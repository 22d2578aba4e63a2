import { askOnce } from './probe-socket.ts';

const OP_MSG = 2013;

/** `{ hello: 1, $db: 'admin' }` as an OP_MSG of the MongoDB wire protocol. */
const HELLO_REQUEST = (() => {
  const elements = Buffer.concat([
    Buffer.from('\x10hello\0'),
    int32(1),
    Buffer.from('\x02$db\0'),
    int32('admin'.length + 1),
    Buffer.from('admin\0'),
  ]);
  const document = Buffer.concat([int32(4 + elements.length + 1), elements, Buffer.from([0])]);
  const flagsAndKind = Buffer.alloc(5);
  const header = [int32(16 + flagsAndKind.length + document.length), int32(1), int32(0)];
  return Buffer.concat([...header, int32(OP_MSG), flagsAndKind, document]);
})();

/** Whether a server on this port of 127.0.0.1 says that it takes writes. */
export async function mongoAnswers(port: number): Promise<boolean> {
  const reply = await askOnce(port, HELLO_REQUEST, (received) =>
    received.length < 4 ? undefined : received.readInt32LE(0),
  );
  return (
    reply !== undefined &&
    ['isWritablePrimary', 'ismaster'].some((name) => reply.includes(`\x08${name}\0\x01`))
  );
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(value);
  return bytes;
}

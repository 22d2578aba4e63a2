import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import kafkajs, { type Kafka as Client } from 'kafkajs';
import { findPredecessors, type PredecessorOutcome } from './kafkajs-predecessors.ts';

const NEVER = new Promise<never>(() => undefined);

interface Call {
  readonly what: 'describe' | 'leave' | 'disconnect';
  readonly memberId?: string;
}

/** A client whose groups are told by `answer`, one call after the other. */
function clientOf(
  answer: (described: number) => readonly { memberId: string; clientId: string }[],
  leave: (memberId: string) => void = () => undefined,
  disconnected: Promise<void> = Promise.resolve(),
) {
  const calls: Call[] = [];
  let described = 0;
  const coordinator = {
    describeGroups: async () => {
      calls.push({ what: 'describe' });
      return { groups: [{ members: answer((described += 1)) }] };
    },
    leaveGroup: async ({ memberId }: { memberId: string }) => {
      calls.push({ what: 'leave', memberId });
      leave(memberId);
    },
  };
  const cluster = {
    connect: async () => undefined,
    refreshMetadata: async () => undefined,
    disconnect: () => {
      calls.push({ what: 'disconnect' });
      return disconnected;
    },
    findGroupCoordinator: async () => coordinator,
  };
  const client = { [Symbol('private:Kafka:createCluster')]: () => cluster };
  return { client: client as unknown as Client, calls };
}

function member(memberId: string, clientId = 'me') {
  return { memberId, clientId };
}

async function run(client: Client, joined: Promise<unknown> = NEVER) {
  const outcomes: PredecessorOutcome[] = [];
  const found = await findPredecessors({
    client,
    clientId: 'me',
    groupId: 'g',
    onOutcome: (outcome) => outcomes.push(outcome),
  });
  await found.removeOnceJoining(joined);
  return outcomes;
}

describe('what an earlier process left in a group', () => {
  it('is taken out when the new member is seen, and nothing else is', async () => {
    const before = [member('old'), member('other', 'you')];
    const { client, calls } = clientOf((n) => (n < 4 ? before : [...before, member('new')]));
    assert.deepEqual(await run(client), ['removed']);
    assert.deepEqual(
      calls.map(({ what, memberId }) => memberId ?? what),
      ['describe', 'describe', 'describe', 'describe', 'old', 'disconnect'],
    );
  });

  it('is taken out when the join has come to its end, seen or not', async () => {
    const { client } = clientOf(() => [member('old')]);
    assert.deepEqual(await run(client, Promise.reject(new Error('refused'))), ['removed']);
  });

  it('is nothing in most groups, which costs one look', async () => {
    const { client, calls } = clientOf(() => [member('x', 'you')]);
    assert.deepEqual(await run(client), []);
    assert.deepEqual(
      calls.map(({ what }) => what),
      ['describe', 'disconnect'],
    );
  });

  it('is no failure when it is gone by itself', async () => {
    const { client } = clientOf(
      () => [member('old')],
      () => {
        throw Object.assign(new Error('who?'), { type: 'UNKNOWN_MEMBER_ID' });
      },
    );
    assert.deepEqual(await run(client, Promise.resolve()), []);
  });

  it('stays when the broker refuses, which is told', async () => {
    const { client } = clientOf(
      () => [member('old')],
      () => {
        throw Object.assign(new Error('no'), { type: 'GROUP_AUTHORIZATION_FAILED' });
      },
    );
    assert.deepEqual(await run(client, Promise.resolve()), ['failed']);
  });

  it('stays when the group cannot be asked, which is told', async () => {
    const { client } = clientOf(() => {
      throw new Error('no coordinator');
    });
    assert.deepEqual(await run(client), ['failed']);
  });

  it('does not hold up the start where a broker is silent and its connection stays', async () => {
    const fail = (): never => {
      throw new Error('no answer');
    };
    const { client, calls } = clientOf(fail, undefined, NEVER);
    assert.deepEqual(await run(client), ['failed']);
    assert.deepEqual(calls.at(-1), { what: 'disconnect' });
  });
});

describe('the way to the connections of the client', () => {
  it('is there in the version that is installed', async () => {
    const client = new kafkajs.Kafka({
      brokers: ['127.0.0.1:1'],
      clientId: 'me',
      retry: { retries: 0 },
      logLevel: kafkajs.logLevel.NOTHING,
    });
    assert.deepEqual(await run(client), ['failed']);
  });
});

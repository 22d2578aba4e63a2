/** Members that a process left in a group without a word, and the process that comes after it. */
import assert from 'node:assert/strict';
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { createKafka } from '../src/kafka/kafkajs.ts';
import type { PredecessorOutcome } from '../src/kafka/kafkajs-predecessors.ts';
import { createLogger } from '../src/logger.ts';
import { testKafkaBrokers, uniqueName } from '../src/testing/test-servers.ts';

const MEMBER = join(import.meta.dirname, '_util', 'group-member.ts');
const SESSION_MS = 6_000;
/** Far below the session: what is shown is that nobody waits for it. */
const SOON_MS = 3_000;
const PARTITIONS = 4;

/** A topic and a group on it, with members in other processes and in this one. */
class Group implements AsyncDisposable {
  readonly #name = uniqueName('group');
  readonly #topic = uniqueName('topic');
  readonly #cleanups = new AsyncDisposableStack();

  static async open(): Promise<Group> {
    const group = new Group();
    const admin = await group.#cluster('', () => undefined).admin();
    const name = group.#topic;
    const topic = { name, partitions: PARTITIONS, replicationFactor: 1, config: {} };
    await admin.ensureTopics([topic]);
    group.#cleanups.defer(() => admin.close());
    return group;
  }

  /** A member of this name that holds partitions, to be killed or stopped. */
  async elsewhere(instance: string): Promise<ChildProcess> {
    const child = fork(MEMBER, [instance, this.#name, this.#topic]);
    this.#cleanups.defer(async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGKILL');
      await once(child, 'exit');
    });
    await once(child, 'message');
    return child;
  }

  /** A member of this name in this process; says how long its join took and what it took out. */
  async join(instance: string): Promise<Joined> {
    const outcomes: PredecessorOutcome[] = [];
    const held: number[] = [];
    const startedMs = performance.now();
    const consumer = await this.#cluster(instance, (outcome) => outcomes.push(outcome)).consumer({
      groupId: this.#name,
      topics: [this.#topic],
      assignor: 'sticky',
      maxWaitMs: 50,
      fromStart: false,
      onAssigned: (partitions) => held.push(partitions.get(this.#topic)?.length ?? 0),
      onBatch: () => Promise.resolve(),
      onFailed: (error) => {
        throw error;
      },
    });
    this.#cleanups.defer(() => consumer.close());
    return { tookMs: performance.now() - startedMs, outcomes, held };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#cleanups.disposeAsync();
  }

  #cluster(instance: string, onPredecessor: (outcome: PredecessorOutcome) => void) {
    return createKafka({
      brokers: testKafkaBrokers().split(','),
      clientId: 'crest-test',
      instance,
      sessionTimeoutMs: SESSION_MS,
      log: createLogger('predecessors', 'silent'),
      onPredecessor,
    });
  }
}

interface Joined {
  readonly tookMs: number;
  readonly outcomes: readonly PredecessorOutcome[];
  /** Numbers of partitions, one for each join. */
  readonly held: readonly number[];
}

describe('a process that comes after one of its name', () => {
  it('has all partitions at once where that one was killed', async () => {
    await using group = await Group.open();
    const killed = await group.elsewhere('a');
    killed.kill('SIGKILL');
    await once(killed, 'exit');
    const { tookMs, outcomes, held } = await group.join('a');
    assert.deepEqual(outcomes, ['removed']);
    assert.deepEqual(held, [PARTITIONS]);
    assert.ok(tookMs < SOON_MS, `joined after ${Math.round(tookMs)} ms`);
  });

  it('leaves members of other names alone', async () => {
    await using group = await Group.open();
    const other = await group.elsewhere('b');
    const killed = await group.elsewhere('a');
    killed.kill('SIGKILL');
    await once(killed, 'exit');
    const moved = once(other, 'message');
    const { tookMs, outcomes, held } = await group.join('a');
    assert.deepEqual(outcomes, ['removed']);
    assert.deepEqual(held, [PARTITIONS / 2]);
    assert.deepEqual((await moved)[0], PARTITIONS / 2);
    assert.ok(tookMs < SOON_MS, `joined after ${Math.round(tookMs)} ms`);
  });

  it('shares with that one where it lives, and is not thrown out by it', async () => {
    await using group = await Group.open();
    const alive = await group.elsewhere('a');
    const { outcomes, held } = await group.join('a');
    assert.deepEqual(outcomes, ['removed']);
    const shares = once(alive, 'message');
    assert.deepEqual((await shares)[0], PARTITIONS / 2);
    assert.deepEqual(outcomes, ['removed']);
    assert.ok(held.length > 0);
  });
});

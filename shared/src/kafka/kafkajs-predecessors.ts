/**
 * Takes out of a group what an earlier process of the same name left in it.
 *
 * A killed process is a member until its session runs out (6 s), and a group that changes waits for
 * all its members: whoever is started again within a second would wait for its own remains. The
 * name is the client id, which brokers tell with every member, so that nothing has to be
 * remembered over a restart. It has to be the name of one process; a process without one does
 * nothing of this.
 *
 * Only the first join of a process does it, never one after a crash of the client. So two processes
 * that were given one name by mistake do not throw each other out for ever: the later takes the
 * earlier out once, and that one comes back as a new member. A member that joins after the look is
 * never touched: who is taken out is fixed before. What a removed process still writes, should it
 * live, is fenced by epochs and generations (ADR 19).
 *
 * The order is look, join, remove. An empty group that is joined waits for others first
 * (`group.initial.rebalance.delay.ms`, 3 s by default), one that is not empty does not; it completes
 * its rebalance when the last member that did not come is gone.
 *
 * The client has no call for it. Its connections, with what they authenticate and encrypt by, are
 * reached through the symbol under which it makes them; the package is frozen (2.2.4).
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Kafka as Client } from 'kafkajs';

/** What came of a predecessor: it is out of the group, or it stays until its session runs out. */
export const PREDECESSOR_OUTCOMES = ['removed', 'failed'] as const;
export type PredecessorOutcome = (typeof PREDECESSOR_OUTCOMES)[number];

export interface PredecessorOptions {
  readonly client: Client;
  /** What tells processes apart. */
  readonly clientId: string;
  readonly groupId: string;
  readonly onOutcome: (outcome: PredecessorOutcome, facts: PredecessorFacts) => void;
}

export interface PredecessorFacts {
  readonly groupId: string;
  /** Missing where the group could not be asked. */
  readonly memberId?: string;
  readonly error?: unknown;
}

export interface Predecessors {
  /** Removes them once the new member is seen in the group, or `joined` settles. Never rejects. */
  removeOnceJoining(joined: Promise<unknown>): Promise<void>;
}

/** Nobody answers: the join will say so. Less than what the session would take by itself. */
const LOOK_MS = 3_000;
/** A join is under way after some ten milliseconds. */
const JOINING_MS = 1_000;
const JOINING_POLL_MS = 15;

/** Looks who in the group has this name, before its new process joins. Never rejects. */
export async function findPredecessors(options: PredecessorOptions): Promise<Predecessors> {
  const { groupId, onOutcome } = options;
  const desk = new GroupDesk(options);
  const look = desk.membersOfThisName();
  try {
    const ids = await within(LOOK_MS, look);
    if (ids.length > 0) {
      return { removeOnceJoining: (joined) => removeOnceJoining(desk, { options, ids, joined }) };
    }
  } catch (error) {
    onOutcome('failed', { groupId, error });
  }
  // Not waited for: with a silent broker the look and its connection end after 15 s.
  void look.catch(() => undefined).then(() => desk.close());
  return { removeOnceJoining: () => Promise.resolve() };
}

interface Removal {
  readonly options: PredecessorOptions;
  readonly ids: readonly string[];
  readonly joined: Promise<unknown>;
}

async function removeOnceJoining(
  desk: GroupDesk,
  { options: { groupId, onOutcome }, ids, joined }: Removal,
): Promise<void> {
  await untilJoining(desk, ids, joined);
  for (const memberId of ids) {
    try {
      await desk.remove(memberId);
      onOutcome('removed', { groupId, memberId });
    } catch (error) {
      // Its session ran out meanwhile.
      if ((error as { type?: unknown }).type === 'UNKNOWN_MEMBER_ID') continue;
      onOutcome('failed', { groupId, memberId, error });
    }
  }
  await desk.close();
}

async function untilJoining(
  desk: GroupDesk,
  before: readonly string[],
  joined: Promise<unknown>,
): Promise<void> {
  const deadlineMs = performance.now() + JOINING_MS;
  let isSettled = false;
  const settle = (): void => void (isSettled = true);
  joined.then(settle, settle);
  while (!isSettled && performance.now() < deadlineMs) {
    const ids = await desk.membersOfThisName().catch(() => before);
    if (ids.some((id) => !before.includes(id))) return;
    await delay(JOINING_POLL_MS);
  }
}

/** The part of the client's broker that is needed here. */
interface Coordinator {
  describeGroups(what: { groupIds: string[] }): Promise<{ groups: DescribedGroup[] }>;
  leaveGroup(what: { groupId: string; memberId: string }): Promise<unknown>;
}
interface DescribedGroup {
  readonly members: readonly { readonly memberId: string; readonly clientId: string }[];
}
interface Cluster {
  connect(): Promise<void>;
  refreshMetadata(): Promise<void>;
  disconnect(): Promise<void>;
  findGroupCoordinator(what: { groupId: string }): Promise<Coordinator>;
}

/** Asks the coordinator of one group over connections of its own. */
class GroupDesk {
  readonly #options: PredecessorOptions;
  readonly #cluster: Cluster;
  #coordinator: Promise<Coordinator> | undefined;

  constructor(options: PredecessorOptions) {
    this.#options = options;
    this.#cluster = clusterOf(options.client);
  }

  async membersOfThisName(): Promise<string[]> {
    const { groupId, clientId } = this.#options;
    const { groups } = await (await this.#open()).describeGroups({ groupIds: [groupId] });
    const members = groups.flatMap((group) => group.members);
    return members.filter((member) => member.clientId === clientId).map(({ memberId }) => memberId);
  }

  async remove(memberId: string): Promise<void> {
    const { groupId } = this.#options;
    await (await this.#open()).leaveGroup({ groupId, memberId });
  }

  async close(): Promise<void> {
    await this.#cluster.disconnect().catch(() => undefined);
  }

  #open(): Promise<Coordinator> {
    this.#coordinator ??= this.#connect();
    return this.#coordinator;
  }

  async #connect(): Promise<Coordinator> {
    await this.#cluster.connect();
    // Without knowing the brokers it finds the coordinator only at a second try, 100 ms later.
    await this.#cluster.refreshMetadata();
    return this.#cluster.findGroupCoordinator({ groupId: this.#options.groupId });
  }
}

const MAKES_CLUSTER = 'private:Kafka:createCluster';

function clusterOf(client: Client): Cluster {
  const hidden = Object.getOwnPropertySymbols(client).find(
    ({ description }) => description === MAKES_CLUSTER,
  );
  if (hidden === undefined) throw new TypeError(`this kafkajs has no ${MAKES_CLUSTER}`);
  const makers = client as unknown as Record<
    symbol,
    (options: { allowAutoTopicCreation: boolean }) => Cluster
  >;
  return (makers[hidden] as (typeof makers)[symbol])({ allowAutoTopicCreation: false });
}

async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  const given = new AbortController();
  work.catch(() => undefined);
  const late = delay(ms, undefined, { signal: given.signal }).then(() => {
    throw new Error(`no answer within ${ms} ms`);
  });
  late.catch(() => undefined);
  return Promise.race([work, late]).finally(() => given.abort());
}

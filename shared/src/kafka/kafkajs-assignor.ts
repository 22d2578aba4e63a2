/** Our assignment rules in the form that kafkajs calls: one protocol per rule. */
import kafkajs, { type Assigner } from 'kafkajs';
import { assignSticky, type MemberClaim } from './sticky-assignment.ts';

const VERSION = 1;

/**
 * A sticky, co-partitioning assignor: partition p of every topic goes to the same member.
 * `heldNow` is asked at every join for the partitions that this member holds; they travel to the
 * leader in the user data of the subscription.
 */
export function stickyAssignor(
  name: string,
  heldNow: () => readonly number[],
): (config: { cluster: unknown }) => Assigner {
  return ({ cluster }) => ({
    name,
    version: VERSION,
    protocol: ({ topics }) => ({
      name,
      metadata: kafkajs.AssignerProtocol.MemberMetadata.encode({
        version: VERSION,
        topics,
        userData: Buffer.from(JSON.stringify(heldNow())),
      }),
    }),
    assign: ({ members, topics }) => {
      const claims = members.map(({ memberId, memberMetadata }) =>
        claimOf(memberId, memberMetadata),
      );
      const counts = new Map(topics.map((topic) => [topic, partitionCount(cluster, topic)]));
      const held = assignSticky(claims, Math.max(0, ...counts.values()));
      return Promise.resolve(
        [...held].map(([memberId, partitions]) => ({
          memberId,
          memberAssignment: encodeAssignment(counts, partitions),
        })),
      );
    },
  });
}

function claimOf(memberId: string, metadata: Buffer): MemberClaim {
  const decoded = kafkajs.AssignerProtocol.MemberMetadata.decode(metadata);
  return { memberId, held: heldIn(decoded?.userData) };
}

// A member of an older build or of another client may send anything: it then claims nothing.
function heldIn(userData: Buffer | undefined): number[] {
  try {
    const held: unknown = JSON.parse(userData?.toString() ?? '[]');
    return Array.isArray(held) ? held.filter((p): p is number => Number.isInteger(p)) : [];
  } catch {
    return [];
  }
}

function partitionCount(cluster: unknown, topic: string): number {
  const { findTopicPartitionMetadata } = cluster as {
    findTopicPartitionMetadata: (topic: string) => unknown[];
  };
  return findTopicPartitionMetadata.call(cluster, topic).length;
}

function encodeAssignment(counts: ReadonlyMap<string, number>, partitions: number[]): Buffer {
  const assignment: Record<string, number[]> = {};
  for (const [topic, count] of counts) assignment[topic] = partitions.filter((p) => p < count);
  return kafkajs.AssignerProtocol.MemberAssignment.encode({
    version: VERSION,
    assignment,
    userData: Buffer.alloc(0),
  });
}

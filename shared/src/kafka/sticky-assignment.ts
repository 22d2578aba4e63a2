/**
 * Who gets which partition: everybody keeps what they hold as far as shares allow, the rest goes
 * to those who hold least. Pure: the same members always lead to the same answer.
 */

export interface MemberClaim {
  readonly memberId: string;
  /** Partitions that the member holds now. */
  readonly held: readonly number[];
}

/**
 * Divides partitions 0 .. `count` - 1 among the members; shares differ by one at most.
 * Where two members claim the same partition, the one with the smaller id keeps it.
 */
export function assignSticky(claims: readonly MemberClaim[], count: number): Map<string, number[]> {
  const members = [...claims].sort((a, b) => (a.memberId < b.memberId ? -1 : 1));
  const result = new Map<string, number[]>(members.map(({ memberId }) => [memberId, []]));
  if (members.length === 0) return result;
  const shares = sharesOf(members, count);
  const taken = new Set<number>();
  for (const { memberId, held } of members) {
    const mine = result.get(memberId) ?? [];
    for (const partition of [...held].sort((a, b) => a - b)) {
      const free = partition < count && !taken.has(partition);
      if (!free || mine.length >= (shares.get(memberId) ?? 0)) continue;
      mine.push(partition);
      taken.add(partition);
    }
  }
  fillUp(result, shares, unassigned(taken, count));
  for (const partitions of result.values()) partitions.sort((a, b) => a - b);
  return result;
}

// Those who hold most get the larger shares, so that the fewest partitions move.
function sharesOf(members: readonly MemberClaim[], count: number): Map<string, number> {
  const base = Math.floor(count / members.length);
  const larger = count % members.length;
  const byHeld = [...members].sort(
    (a, b) => b.held.length - a.held.length || (a.memberId < b.memberId ? -1 : 1),
  );
  return new Map(byHeld.map(({ memberId }, i) => [memberId, base + (i < larger ? 1 : 0)]));
}

function unassigned(taken: ReadonlySet<number>, count: number): number[] {
  return Array.from({ length: count }, (_, p) => p).filter((p) => !taken.has(p));
}

function fillUp(
  result: Map<string, number[]>,
  shares: ReadonlyMap<string, number>,
  free: readonly number[],
): void {
  const left = [...free];
  for (const [memberId, mine] of result) {
    const room = (shares.get(memberId) ?? 0) - mine.length;
    mine.push(...left.splice(0, Math.max(0, room)));
  }
}

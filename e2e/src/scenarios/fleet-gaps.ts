/** Which gaps a run may have: those in rooms whose reader was killed, around the kill. */
import { askSimulator } from '@crest/cli/run/simulator-client';
import { readLedger } from '@crest/simulator/ledger/ledger-reader';
import type { Remains, Verdict } from '../harness/scenario.ts';
import type { Stage } from '../harness/stage.ts';

/** A socket of a killed process is seen to be gone at once. */
const SOCKETS_GONE_MS = 1_500;
/** A gap begins when the room was vouched for last: at most a tick's interval and some before. */
const BEFORE_MS = 3_000;
/** Until a survivor has noticed, joined the room, and was confirmed; event time. */
const AFTER_MS = 30_000;

/** Notes the moment of a kill, in event time and in wall time. */
export async function noteKill(stage: Stage, number: number): Promise<void> {
  const url = stage.system.simulatorUrl;
  if (url === null) throw new Error('there is no pretend Twitch');
  const { eventTimeMs } = await askSimulator(url);
  stage.note(`kill${number}.eventMs`, eventTimeMs);
  stage.note(`kill${number}.wallMs`, Date.now());
}

/** A kill of a collector, and the rooms that it read. */
export interface Kill {
  readonly eventMs: number;
  readonly wallMs: number;
  readonly rooms: Set<string>;
}

/** Every gap is in a room whose collector was killed, and begins at that kill. */
export async function gapsOfKillsAlone({ system, notes }: Remains): Promise<readonly Verdict[]> {
  const kills = killsOf(notes);
  await findRooms(kills, system.plan.paths.ledger);
  const gaps = await system.database
    .collection<{ channelId: string; fromMs: number; toMs: number | null }>('gaps')
    .find()
    .toArray();
  const real = gaps.filter(({ fromMs, toMs }) => toMs === null || toMs > fromMs);
  const others = real.filter((gap) => !kills.some((kill) => comesFrom(gap, kill)));
  const firstKillMs = Math.min(...kills.map(({ eventMs }) => eventMs));
  const examples = others.slice(0, 5).map(({ channelId, fromMs, toMs }) => {
    const until = toMs === null ? 'never' : `${toMs - fromMs} ms`;
    return `${channelId}: ${fromMs - firstKillMs} ms after the kill, for ${until}`;
  });
  return [
    {
      name: 'planned moves leave no gap',
      held: others.length === 0,
      figures: {
        gapsOfKills: real.length - others.length,
        roomsOfKilled: kills.reduce((sum, { rooms }) => sum + rooms.size, 0),
        gapsOfMoves: others.length,
        ...(examples.length > 0 ? { examples: examples.join('; ') } : {}),
      },
    },
  ];
}

function killsOf(notes: ReadonlyMap<string, number>): Kill[] {
  const kills: Kill[] = [];
  for (let number = 1; notes.has(`kill${number}.eventMs`); number += 1) {
    kills.push({
      eventMs: notes.get(`kill${number}.eventMs`) ?? 0,
      wallMs: notes.get(`kill${number}.wallMs`) ?? 0,
      rooms: new Set(),
    });
  }
  return kills;
}

/** By the ledger: the rooms that lost a reader with its socket just after the kill. */
async function findRooms(kills: readonly Kill[], ledgerFile: string): Promise<void> {
  for await (const entry of readLedger(ledgerFile)) {
    if (entry.kind !== 'part' || entry.reason !== 'socket') continue;
    const kill = kills.find(
      ({ wallMs }) => entry.wallMs >= wallMs && entry.wallMs <= wallMs + SOCKETS_GONE_MS,
    );
    kill?.rooms.add(entry.room);
  }
}

/**
 * Whether a gap is in a room of the killed collector and lies in the time in which others take over. Its
 * end may be one of its own: a line that comes between a join and the word of it divides a gap.
 */
export function comesFrom(
  gap: { readonly channelId: string; readonly fromMs: number; readonly toMs: number | null },
  kill: Pick<Kill, 'eventMs' | 'rooms'>,
): boolean {
  const begins = gap.fromMs >= kill.eventMs - BEFORE_MS;
  const ends = gap.toMs !== null && gap.toMs <= kill.eventMs + AFTER_MS;
  return kill.rooms.has(gap.channelId) && begins && ends;
}

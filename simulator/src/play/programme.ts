/** What is played: a seeded world or recorded chats, as the settings say. */
import type { SimulatorConfig } from '../config.ts';
import type { Room } from '../core/room.ts';
import type { Schedule } from '../core/schedule.ts';
import { createWorld } from '../core/world/world.ts';
import { openReplay } from '../replay/log-directory.ts';

export interface Programme {
  readonly rooms: readonly Room[];
  readonly schedule: Schedule;
  /** Lines that will be sent; null where that is not known before. */
  readonly lines: number | null;
}

/** @throws Error where there is nothing to replay. */
export function openProgramme(config: SimulatorConfig, runId: string): Programme {
  const { seed } = config;
  if (config.mode === 'replay') {
    const directory = config['replay.directory'];
    return openReplay({ directory, seed, runId, spanMs: unlessZero(config['replay.spanMs']) });
  }
  const world = createWorld({
    seed,
    runId,
    rooms: config['world.rooms'],
    messagesPerSecond: config['world.messagesPerSecond'],
    busiestPerSecond: config['world.busiestPerSecond'],
    durationMs: unlessZero(config['world.durationMs']),
    hasStories: config['world.stories'],
  });
  return { ...world, lines: null };
}

/** 0 stands for no limit in the settings. */
export function unlessZero(value: number): number {
  return value === 0 ? Infinity : value;
}

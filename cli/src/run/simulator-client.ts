/** The pretend Twitch and its inbox, asked over HTTP. */
import { z } from 'zod';

const statusForm = z.object({
  phase: z.enum(['waiting', 'playing', 'tail', 'done']),
  rooms: z.object({ wanted: z.int(), confirmed: z.int() }),
  lines: z.object({ sent: z.int(), planned: z.int().nullable() }),
  linesPerSecond: z.number(),
  eventTimeMs: z.int(),
  startAtMs: z.int().nullable(),
  lastLineAtMs: z.int().nullable(),
});

export type SimulatorStatus = z.infer<typeof statusForm>;

const roomsForm = z.array(z.object({ login: z.string(), id: z.string() }));

const inboxForm = z.object({
  entries: z.array(
    z.object({
      outcome: z.string(),
      acceptedAtMs: z.int(),
      destination: z.object({ protocol: z.string(), endpoint: z.string() }),
      subject: z.string().nullable(),
      message: z.string(),
    }),
  ),
});

export type InboxMail = z.infer<typeof inboxForm>['entries'][number];

const ASK_TIMEOUT_MS = 3_000;

export async function askSimulator(baseUrl: string): Promise<SimulatorStatus> {
  return statusForm.parse(await getJson(`${baseUrl}/status`));
}

export async function askRooms(baseUrl: string): Promise<{ login: string; id: string }[]> {
  return roomsForm.parse(await getJson(`${baseUrl}/rooms`));
}

/** What was delivered last, newest first. `to` keeps only those whose address contains it. */
export async function askInbox(
  inboxUrl: string,
  query: { limit: number; to?: string },
): Promise<InboxMail[]> {
  const url = new URL('/inbox', inboxUrl);
  url.searchParams.set('limit', String(query.limit));
  if (query.to !== undefined) url.searchParams.set('destination', query.to);
  return inboxForm.parse(await getJson(url)).entries;
}

async function getJson(url: string | URL): Promise<unknown> {
  const response = await fetch(url, { signal: AbortSignal.timeout(ASK_TIMEOUT_MS) });
  if (!response.ok) throw new Error(`${String(url)} answered ${response.status}`);
  return response.json();
}

import type { ServerResponse } from 'node:http';

import { z } from 'zod';

import type { Subscription } from '../sns/account.ts';
import type { ActionContext } from '../sns/action.ts';
import { answerApi } from '../sns/api.ts';
import type { Faults } from '../sns/faults.ts';
import { faultPlanSchema } from '../sns/faults.ts';
import { isPhoneNumber } from '../sns/phone-number.ts';
import type { Inbox, InboxQuery } from './inbox.ts';
import { pagePolicy, renderInboxPage, renderNotice } from './inbox-page.ts';

/** What the inbox shows and changes. */
export type InboxDesk = {
  readonly context: ActionContext;
  readonly inbox: Inbox;
  readonly faults: Faults;
};

/** A request to anything but the API. */
export type DeskRequest = { readonly method: string; readonly url: URL; readonly body: string };

/** An email subscription that waits for its owner, with the link in the confirmation mail. */
export type PendingConfirmation = {
  readonly endpoint: string;
  readonly topicArn: string;
  /** Wall epoch ms of the mail. */
  readonly askedAtMs: number;
  /** Path and query of the link. */
  readonly confirmLink: string;
};

type Reply = {
  readonly status: number;
  readonly type: 'application/json' | 'text/html; charset=utf-8';
  readonly body: string;
};

type Route = (desk: InboxDesk, request: DeskRequest) => Reply;

const limitDefault = 100;
const limitMax = 1_000;

/** By method and path. */
const routes: ReadonlyMap<string, Route> = new Map([
  ['GET /', showPage],
  ['GET /inbox', listInbox],
  ['GET /confirmation.html', (desk, request) => follow(desk, request, 'ConfirmSubscription')],
  ['GET /unsubscribe.html', (desk, request) => follow(desk, request, 'Unsubscribe')],
  ['GET /faults', showFaults],
  ['POST /faults', changeFaults],
  ['DELETE /faults', clearFaults],
  ['POST /opt-out', optOut],
]);

/** Answers a request to the inbox, the links of its mails, or the faults. */
export function serveInbox(desk: InboxDesk, request: DeskRequest, response: ServerResponse): void {
  const route = routes.get(`${request.method} ${request.url.pathname}`);
  const reply = route?.(desk, request) ?? json(404, { error: 'there is nothing at this address' });
  response.writeHead(reply.status, {
    'content-type': reply.type,
    'cache-control': 'no-store',
    'content-security-policy': pagePolicy,
    'x-content-type-options': 'nosniff',
  });
  response.end(reply.body);
}

function showPage(desk: InboxDesk, { url }: DeskRequest): Reply {
  const query = readQuery(url);
  if (query === undefined) return page(400, renderNotice('That is no filter', badQuery));
  const body = renderInboxPage({
    entries: desk.inbox.find(query),
    totals: desk.inbox.totals(),
    pending: pendingConfirmations(desk.context),
    filter: query.destination ?? '',
  });
  return page(200, body);
}

function listInbox(desk: InboxDesk, { url }: DeskRequest): Reply {
  const query = readQuery(url);
  if (query === undefined) return json(400, { error: badQuery });
  return json(200, {
    totals: desk.inbox.totals(),
    pending: pendingConfirmations(desk.context),
    entries: desk.inbox.find(query),
  });
}

/** The links of a mail are API calls without a signature, answered for people. */
function follow(desk: InboxDesk, { url }: DeskRequest, action: string): Reply {
  const form = new Map([...url.searchParams, ['Action', action] as const]);
  const requestAtMs = desk.context.nowMs();
  const { status } = answerApi(desk.context, { form, requestAtMs, authenticated: false }, '');
  if (status !== 200) {
    return page(status, renderNotice('This link does not work', 'It is too old, or not ours.'));
  }
  const done = action === 'Unsubscribe' ? 'Unsubscribed' : 'Subscription confirmed';
  return page(200, renderNotice(`${done}!`, `You may close this page.`));
}

function showFaults(desk: InboxDesk): Reply {
  return json(200, { plan: desk.faults.plan, injected: desk.faults.injected });
}

function changeFaults(desk: InboxDesk, { body }: DeskRequest): Reply {
  const change = faultPlanSchema.safeParse(parseJson(body));
  if (!change.success) return json(400, { error: z.prettifyError(change.error) });
  desk.faults.set(change.data);
  return showFaults(desk);
}

function clearFaults(desk: InboxDesk): Reply {
  desk.faults.clear();
  return showFaults(desk);
}

function optOut(desk: InboxDesk, { body }: DeskRequest): Reply {
  const asked = z.strictObject({ phone: z.string() }).safeParse(parseJson(body));
  if (!asked.success || !isPhoneNumber(asked.data.phone)) {
    return json(400, { error: 'expected {"phone": "+4915112345678"}' });
  }
  desk.context.account.optedOut.set(asked.data.phone, desk.context.nowMs());
  return json(200, { optedOut: asked.data.phone });
}

function pendingConfirmations({ account }: ActionContext): PendingConfirmation[] {
  return account
    .subscriptions()
    .filter(({ state }) => state === 'pending')
    .map((subscription) => ({
      endpoint: subscription.endpoint,
      topicArn: subscription.topicArn,
      askedAtMs: subscription.tokenIssuedAtMs,
      confirmLink: confirmLink(subscription),
    }));
}

function confirmLink({ topicArn, token, endpoint }: Subscription): string {
  const query = new URLSearchParams({ TopicArn: topicArn, Token: token, Endpoint: endpoint });
  return `/confirmation.html?${query.toString()}`;
}

const badQuery = `since is wall epoch ms, limit 1 to ${String(limitMax)}`;

const querySchema = z.object({
  destination: z.string().optional(),
  since: z.coerce.number().int().nonnegative().optional(),
  limit: z.coerce.number().int().min(1).max(limitMax).default(limitDefault),
});

function readQuery(url: URL): InboxQuery | undefined {
  const parsed = querySchema.safeParse(Object.fromEntries(url.searchParams));
  if (!parsed.success) return undefined;
  const { destination, since, limit } = parsed.data;
  return { destination, sinceMs: since, limit };
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

function json(status: number, value: unknown): Reply {
  return { status, type: 'application/json', body: JSON.stringify(value) };
}

function page(status: number, body: string): Reply {
  return { status, type: 'text/html; charset=utf-8', body };
}

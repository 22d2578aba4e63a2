import { createHash } from 'node:crypto';

import { escapeText } from '../sns/xml.ts';
import type { InboxEntry } from './inbox-entry.ts';
import type { InboxTotals } from './inbox.ts';
import type { PendingConfirmation } from './inbox-routes.ts';

/** Everything the page shows. */
export type InboxView = {
  /** Newest first. */
  readonly entries: readonly InboxEntry[];
  readonly totals: InboxTotals;
  readonly pending: readonly PendingConfirmation[];
  /** What stands in the filter box. */
  readonly filter: string;
};

const style = `
:root { color-scheme: light dark; --line: color-mix(in srgb, currentColor 18%, transparent);
  --soft: color-mix(in srgb, currentColor 62%, transparent); --accent: light-dark(#5f3fe0, #a794ff); }
* { box-sizing: border-box; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 52rem; margin: 0 auto; padding: 1.5rem 1rem; }
header { display: flex; flex-wrap: wrap; gap: .5rem 1.5rem; align-items: baseline; }
h1 { font-size: 1.4rem; margin: 0; }
h2 { font-size: 1rem; margin: 1.5rem 0 .5rem; }
.soft, time { color: var(--soft); font-size: .875rem; }
form { margin: 1rem 0; display: flex; gap: .5rem; }
input { flex: 1; font: inherit; padding: .4rem .7rem; border: 1px solid var(--line);
  border-radius: .5rem; background: transparent; color: inherit; }
button { font: inherit; padding: .4rem .9rem; border: 0; border-radius: .5rem;
  background: var(--accent); color: Canvas; cursor: pointer; }
article { border: 1px solid var(--line); border-radius: .7rem; padding: .8rem 1rem; margin: .6rem 0; }
article header { justify-content: space-between; }
article.lost { opacity: .8; border-style: dashed; }
.badge { font-size: .75rem; font-weight: 600; text-transform: uppercase; letter-spacing: .04em;
  padding: .1rem .5rem; border-radius: 1rem; border: 1px solid var(--line); margin-right: .4rem; }
.to { font-weight: 600; overflow-wrap: anywhere; }
h3 { font-size: 1rem; margin: .5rem 0 0; }
pre { font: inherit; white-space: pre-wrap; overflow-wrap: anywhere; margin: .4rem 0; }
a { color: var(--accent); }
`;

/** Replaces the list every two seconds; the filter box keeps what is being typed. */
const script = `
setInterval(async () => {
  try {
    const answer = await fetch(location.href);
    const fresh = new DOMParser().parseFromString(await answer.text(), 'text/html');
    document.querySelector('main').replaceWith(fresh.querySelector('main'));
  } catch { /* the server is away: the next turn may find it again */ }
}, 2000);
`;

/**
 * What a browser may do with the page. It shows text that strangers wrote, so nothing runs or loads
 * but its own style and script.
 */
export const pagePolicy = [
  "default-src 'none'",
  `style-src '${sourceHash(style)}'`,
  `script-src '${sourceHash(script)}'`,
  "connect-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
].join('; ');

/** The inbox for people. Every text it holds is escaped. */
export function renderInboxPage(view: InboxView): string {
  const entries = view.entries.map(renderEntry).join('');
  const nothing = '<p class="soft">Nothing here yet. Alerts show up by themselves.</p>';
  return renderDocument(
    'Crest inbox',
    `<header><h1>Crest inbox</h1>
<span class="soft">What the pretend Amazon SNS delivered. No real mail or text was sent.</span></header>
<form method="get" role="search"><input type="search" name="destination" aria-label="Filter"
 placeholder="Part of an address or number" value="${escapeText(view.filter)}">
<button>Filter</button></form>
<main>
<p class="soft">${countSentence(view)}</p>
${renderPending(view.pending)}
${entries === '' ? nothing : entries}
</main>
<script>${script}</script>`,
  );
}

/** A page that says one thing, such as that a link was followed. */
export function renderNotice(heading: string, detail: string): string {
  return renderDocument(
    heading,
    `<h1>${escapeText(heading)}</h1><p>${escapeText(detail)}</p><p><a href="/">Inbox</a></p>`,
  );
}

function renderDocument(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeText(title)}</title>
<style>${style}</style>
</head>
<body>
${body}
</body>
</html>
`;
}

function renderPending(pending: readonly PendingConfirmation[]): string {
  if (pending.length === 0) return '';
  const items = pending.map(
    ({ endpoint, topicArn, confirmLink }) =>
      `<li><span class="to">${escapeText(endpoint)}</span>
<span class="soft">${escapeText(topicName(topicArn))}</span>
<a href="${escapeText(confirmLink)}">Confirm subscription</a></li>`,
  );
  return `<h2>Waiting for confirmation</h2><ul>${items.join('')}</ul><h2>Messages</h2>`;
}

function renderEntry(entry: InboxEntry): string {
  const { protocol, endpoint } = entry.destination;
  const delivered = entry.outcome === 'delivered';
  const time = new Date(entry.acceptedAtMs).toISOString();
  const badge = protocol === 'sms' ? 'text' : protocol === 'email' ? 'email' : 'topic';
  const subject = entry.subject === null ? '' : `<h3>${escapeText(entry.subject)}</h3>`;
  return `<article class="${delivered ? 'delivered' : 'lost'}"><header>
<span><span class="badge">${badge}</span><span class="to">${escapeText(endpoint || 'nobody')}</span></span>
<time datetime="${time}">${time.slice(0, 10)} ${time.slice(11, 23)} UTC</time></header>
${subject}<pre>${escapeText(entry.message)}</pre>
<div class="soft">${escapeText(footnotes(entry).join(' · '))}${unsubscribeLink(entry)}</div></article>
`;
}

/** As at the foot of every mail from SNS. */
function unsubscribeLink({ destination, outcome, subscriptionArn }: InboxEntry): string {
  if (destination.protocol !== 'email' || outcome !== 'delivered') return '';
  const query = new URLSearchParams({ SubscriptionArn: subscriptionArn ?? '' });
  return ` · <a href="/unsubscribe.html?${escapeText(query.toString())}">Unsubscribe</a>`;
}

function footnotes({ outcome, topicArn, sms, messageAttributes }: InboxEntry): string[] {
  const notes: string[] = [];
  if (outcome !== 'delivered') notes.push(`not delivered: ${outcome}`);
  if (topicArn !== null) notes.push(topicName(topicArn));
  if (sms !== null) notes.push(`${plural(sms.parts, 'part')} of ${sms.encoding}`);
  const alertId = messageAttributes['alertId'];
  if (alertId !== undefined) notes.push(alertId);
  return notes;
}

function countSentence({ entries, totals }: InboxView): string {
  const { email, sms } = totals.delivered;
  const all = Object.values(totals.byOutcome).reduce((sum, count) => sum + count, 0);
  const lost = all - totals.byOutcome.delivered;
  const rest = lost === 0 ? '' : `; ${lost} not delivered`;
  return `${plural(email, 'email')} and ${plural(sms, 'text')} delivered${rest}. \
Shown: the newest ${entries.length}.`;
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

function topicName(arn: string): string {
  return arn.slice(arn.lastIndexOf(':') + 1);
}

function sourceHash(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`;
}

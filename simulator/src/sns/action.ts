import type { Account, Topic } from './account.ts';
import type { Form } from './form.ts';
import type { InboxEntry } from '../inbox/inbox-entry.ts';
import { invalidParameter, SnsError } from './sns-error.ts';
import type { XmlValue } from './xml.ts';

/** What every action may look at and change. */
export type ActionContext = {
  readonly account: Account;
  readonly limits: SnsLimits;
  /** Wall epoch ms. */
  readonly nowMs: () => number;
  /** Hands a message to its destination. Survives the death of this process when it returns. */
  readonly deliver: (entry: InboxEntry) => void;
  /** Whether the pretend person confirms a subscription at once. */
  readonly autoConfirm: boolean;
};

/** The quotas of an account that tests want to reach. */
export type SnsLimits = {
  readonly topicsMax: number;
  readonly filterPoliciesPerTopicMax: number;
  readonly filterPoliciesMax: number;
  /** Emails a second to one subscription, above which it is suspended; undefined = no limit. */
  readonly emailsPerSecondMax: number | undefined;
};

/** One request as an action sees it. */
export type ActionRequest = {
  readonly form: Form;
  /** Wall epoch ms at which the request came in. */
  readonly requestAtMs: number;
  /** Whether it was signed. Nothing checks by whom. */
  readonly authenticated: boolean;
};

/**
 * One action of the API: changes the account and answers with the members of its result, undefined
 * for actions that have none.
 *
 * @throws SnsError for what SNS refuses
 */
export type Action = (context: ActionContext, request: ActionRequest) => XmlValue;

/** Entries in one page of every list call. */
const pageSize = 100;

/** The value of a parameter that must be there and not be empty. */
export function required(form: Form, name: string): string {
  const value = form.get(name);
  if (value === undefined || value === '') {
    throw invalidParameter(`${name} Reason: no value for required parameter`);
  }
  return value;
}

/** @throws SnsError `NotFound`, or `InvalidParameter` for what is no topic's ARN */
export function requireTopic(context: ActionContext, form: Form, name = 'TopicArn'): Topic {
  const arn = required(form, name);
  const elements = arn.split(':').length;
  if (elements !== 6 || !arn.startsWith('arn:aws:sns:')) {
    throw invalidParameter(
      `${name} Reason: An ARN must have at least 6 elements, not ${String(elements)}`,
    );
  }
  const topic = context.account.topics.get(arn);
  if (topic === undefined) throw new SnsError('NotFound', 'Topic does not exist');
  return topic;
}

/** One page of a list and the token that asks for the next one, if there is more. */
export function page<T>(
  items: readonly T[],
  token: string | undefined,
): { items: readonly T[]; nextToken: string | undefined } {
  const from = token === undefined || token === '' ? 0 : readToken(token);
  const end = from + pageSize;
  return {
    items: items.slice(from, end),
    nextToken:
      end < items.length ? Buffer.from(`from=${String(end)}`).toString('base64url') : undefined,
  };
}

function readToken(token: string): number {
  const match = /^from=(\d+)$/.exec(Buffer.from(token, 'base64url').toString());
  if (match?.[1] === undefined) throw invalidParameter('NextToken');
  return Number(match[1]);
}

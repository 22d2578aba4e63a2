import type { Action, ActionContext, ActionRequest } from './action.ts';
import { publish, publishBatch } from './publish-actions.ts';
import {
  checkIfPhoneNumberIsOptedOut,
  getSmsAttributes,
  listPhoneNumbersOptedOut,
  optInPhoneNumber,
  setSmsAttributes,
} from './sms-actions.ts';
import { SnsError } from './sns-error.ts';
import {
  confirmSubscription,
  getSubscriptionAttributes,
  listSubscriptions,
  listSubscriptionsByTopic,
  setSubscriptionAttributes,
  subscribe,
  unsubscribe,
} from './subscription-actions.ts';
import {
  createTopic,
  deleteTopic,
  getTopicAttributes,
  listTopics,
  setTopicAttributes,
} from './topic-actions.ts';
import { renderAnswer, renderError } from './xml.ts';

/** Every action the pretend SNS knows, by its name in the API. */
const actions: ReadonlyMap<string, Action> = new Map([
  ['CheckIfPhoneNumberIsOptedOut', checkIfPhoneNumberIsOptedOut],
  ['ConfirmSubscription', confirmSubscription],
  ['CreateTopic', createTopic],
  ['DeleteTopic', deleteTopic],
  ['GetSMSAttributes', getSmsAttributes],
  ['GetSubscriptionAttributes', getSubscriptionAttributes],
  ['GetTopicAttributes', getTopicAttributes],
  ['ListPhoneNumbersOptedOut', listPhoneNumbersOptedOut],
  ['ListSubscriptions', listSubscriptions],
  ['ListSubscriptionsByTopic', listSubscriptionsByTopic],
  ['ListTopics', listTopics],
  ['OptInPhoneNumber', optInPhoneNumber],
  ['Publish', publish],
  ['PublishBatch', publishBatch],
  ['SetSMSAttributes', setSmsAttributes],
  ['SetSubscriptionAttributes', setSubscriptionAttributes],
  ['SetTopicAttributes', setTopicAttributes],
  ['Subscribe', subscribe],
  ['Unsubscribe', unsubscribe],
]);

/** Actions that the links in a mail call, without a signature. */
const anonymousActions = new Set(['ConfirmSubscription', 'Unsubscribe']);

/** An answer ready for the wire. */
export type ApiAnswer = { readonly status: number; readonly body: string };

/** Does what a request asks and says what came of it. Throws only for bugs. */
export function answerApi(
  context: ActionContext,
  request: ActionRequest,
  requestId: string,
): ApiAnswer {
  const name = request.form.get('Action') ?? '';
  try {
    const action = actions.get(name);
    if (action === undefined) {
      throw new SnsError('InvalidAction', `The action ${name} is not valid for this web service.`);
    }
    if (!request.authenticated && !anonymousActions.has(name)) {
      throw new SnsError('MissingAuthenticationToken', 'Request is missing Authentication Token');
    }
    return { status: 200, body: renderAnswer(name, action(context, request), requestId) };
  } catch (error) {
    if (!(error instanceof SnsError)) throw error;
    return answerError(error, requestId);
  }
}

/** The answer to a request that SNS refuses. */
export function answerError(error: SnsError, requestId: string): ApiAnswer {
  const { code, message, senderFault, status } = error;
  return { status, body: renderError({ code, message, senderFault, requestId }) };
}

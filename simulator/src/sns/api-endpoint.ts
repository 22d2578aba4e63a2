import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';

import type { ActionContext, ActionRequest } from './action.ts';
import type { ApiAnswer } from './api.ts';
import { answerApi, answerError } from './api.ts';
import type { FaultKind, Faults } from './faults.ts';
import { SnsError } from './sns-error.ts';

/** What the API's HTTP side works with. */
export type ApiEndpoint = {
  readonly context: ActionContext;
  readonly faults: Faults;
  /** Fires when the server stops: whatever waits gives up. */
  readonly stopping: AbortSignal;
};

/** Answers one API request, or spoils it as the faults in force say. */
export async function serveApi(
  endpoint: ApiEndpoint,
  exchange: { request: IncomingMessage; response: ServerResponse },
  apiRequest: ActionRequest,
): Promise<void> {
  const { context, faults } = endpoint;
  const { request, response } = exchange;
  const action = apiRequest.form.get('Action') ?? '';
  const latencyMs = faults.latencyMs(action);
  if (latencyMs > 0) await delay(latencyMs, undefined, { signal: endpoint.stopping });
  const fault = faults.draw(action);
  if (fault === 'hang') return;
  const requestId = randomUUID();
  const refusal = refusalFor(fault, faults);
  const answer =
    refusal === undefined
      ? answerApi(context, apiRequest, requestId)
      : answerError(refusal, requestId);
  if (fault === 'lose') request.socket.resetAndDestroy();
  else writeAnswer(response, answer, requestId);
}

/** The error that a spoiled request is answered with, where it is answered at all. */
function refusalFor(fault: FaultKind | undefined, faults: Faults): SnsError | undefined {
  switch (fault) {
    case 'throttle':
      return new SnsError(faults.plan.throttleCode, 'Rate exceeded');
    case 'fail':
      return new SnsError('InternalError', 'An internal service error happened');
    case 'refuse':
      return new SnsError(
        'InvalidClientTokenId',
        'The security token included in the request is invalid.',
      );
    case 'hang':
    case 'lose':
    case undefined:
      return undefined;
  }
}

function writeAnswer(response: ServerResponse, answer: ApiAnswer, requestId: string): void {
  response.writeHead(answer.status, {
    'content-type': 'text/xml',
    'content-length': Buffer.byteLength(answer.body),
    'x-amzn-requestid': requestId,
  });
  response.end(answer.body);
}

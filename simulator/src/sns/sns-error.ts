/**
 * Every error the pretend SNS answers, with its HTTP status.
 * Source: the `awsQueryError` traits in the schema of `@aws-sdk/client-sns` 3.1169.0; the last four
 * are the common errors of the AWS Query protocol.
 */
export const snsErrorStatuses = {
  AuthorizationError: 403,
  BatchEntryIdsNotDistinct: 400,
  BatchRequestTooLong: 400,
  EmptyBatchRequest: 400,
  FilterPolicyLimitExceeded: 403,
  InternalError: 500,
  InvalidBatchEntryId: 400,
  InvalidParameter: 400,
  NotFound: 404,
  OptedOut: 400,
  ParameterValueInvalid: 400,
  SubscriptionLimitExceeded: 403,
  Throttled: 429,
  TooManyEntriesInBatchRequest: 400,
  TopicLimitExceeded: 403,
  InvalidAction: 400,
  InvalidClientTokenId: 403,
  MissingAuthenticationToken: 403,
  Throttling: 400,
} as const;

/** The code of an error as it stands in the answer. */
export type SnsErrorCode = keyof typeof snsErrorStatuses;

/** A request that SNS refuses; thrown by actions and turned into an answer by the server. */
export class SnsError extends Error {
  override readonly name = 'SnsError';
  readonly code: SnsErrorCode;

  constructor(code: SnsErrorCode, message: string) {
    super(message);
    this.code = code;
  }

  /** HTTP status of the answer. */
  get status(): number {
    return snsErrorStatuses[this.code];
  }

  /** False only where SNS itself is to blame. */
  get senderFault(): boolean {
    return this.status < 500;
  }
}

/** The refusal of a parameter, in the words SNS uses. */
export function invalidParameter(detail: string): SnsError {
  return new SnsError('InvalidParameter', `Invalid parameter: ${detail}`);
}

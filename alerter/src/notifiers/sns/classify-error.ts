import type { RejectReason, RetryReason, SendResult } from '../notifier.ts';

/** Which call failed: what SNS calls an invalid parameter depends on what it was given. */
export type SnsCall = 'create-topic' | 'subscribe' | 'read-subscription' | 'publish';

/** A try that did not succeed. */
export type FailedTry = Exclude<SendResult, { outcome: 'accepted' }>;

/**
 * By the error's name without the suffix `Exception`: `@aws-sdk/client-sns` names the errors of its
 * schema with it, and those it does not know by the bare code of the answer.
 */
const retryReasonByName: Readonly<Record<string, RetryReason>> = {
  Throttled: 'throttled',
  Throttling: 'throttled',
  KMSThrottling: 'throttled',
  RequestThrottled: 'throttled',
  RequestLimitExceeded: 'throttled',
  TooManyRequests: 'throttled',
  SlowDown: 'throttled',
  ConcurrentAccess: 'unavailable',
  StaleTag: 'unavailable',
  InternalError: 'unavailable',
  InternalFailure: 'unavailable',
  ServiceUnavailable: 'unavailable',
  TimeoutError: 'timeout',
  RequestTimeout: 'timeout',
  AbortError: 'network',
  NotFound: 'topic-missing',
  ResourceNotFound: 'topic-missing',
  InvalidClientTokenId: 'credentials',
  UnrecognizedClient: 'credentials',
  ExpiredToken: 'credentials',
  RequestExpired: 'credentials',
  IncompleteSignature: 'credentials',
  SignatureDoesNotMatch: 'credentials',
  MissingAuthenticationToken: 'credentials',
  InvalidSecurity: 'credentials',
  CredentialsProviderError: 'credentials',
};

const rejectReasonByName: Readonly<Record<string, RejectReason>> = {
  OptedOut: 'opted-out',
  EndpointDisabled: 'invalid-destination',
  AuthorizationError: 'forbidden',
  AccessDenied: 'forbidden',
  KMSAccessDenied: 'forbidden',
  KMSDisabled: 'forbidden',
  KMSInvalidState: 'forbidden',
  KMSNotFound: 'forbidden',
  KMSOptInRequired: 'forbidden',
  TopicLimitExceeded: 'limit-exceeded',
  SubscriptionLimitExceeded: 'limit-exceeded',
  FilterPolicyLimitExceeded: 'limit-exceeded',
};

const invalidInputNames = new Set(['InvalidParameter', 'InvalidParameterValue', 'Validation']);

/** Codes of Node's sockets and resolver. */
const retryReasonByCode: Readonly<Record<string, RetryReason>> = {
  ETIMEDOUT: 'timeout',
  ECONNREFUSED: 'network',
  ECONNRESET: 'network',
  ECONNABORTED: 'network',
  EPIPE: 'network',
  ENOTFOUND: 'network',
  EAI_AGAIN: 'network',
  ENETUNREACH: 'network',
  EHOSTUNREACH: 'network',
};

/**
 * What an error of the AWS SDK means for the alert. What nobody knows is retried, because the
 * outbox bounds the tries and a lost alert is worse than a late one.
 */
export function classifyError(error: unknown, call: SnsCall): FailedTry {
  const { name, code, status } = describe(error);
  if (invalidInputNames.has(name)) return rejected(invalidInputReason(call));
  const rejectReason = rejectReasonByName[name];
  if (rejectReason !== undefined) return rejected(rejectReason);
  // The SDK calls a reset connection a TimeoutError too; the socket's code says it better.
  const known = retryReasonByCode[code] ?? retryReasonByName[name];
  return { outcome: 'retry', reason: known ?? reasonByStatus(status) };
}

function rejected(reason: RejectReason): FailedTry {
  return { outcome: 'rejected', reason };
}

/** We only subscribe addresses, and telephones are checked before they are published to. */
function invalidInputReason(call: SnsCall): RejectReason {
  return call === 'publish' ? 'invalid-message' : 'invalid-destination';
}

function reasonByStatus(status: number): RetryReason {
  if (status === 429) return 'throttled';
  return status >= 500 ? 'unavailable' : 'unknown';
}

type Description = { readonly name: string; readonly code: string; readonly status: number };

function describe(error: unknown): Description {
  if (!(error instanceof Error)) return { name: '', code: '', status: 0 };
  const { code, $metadata } = error as { code?: unknown; $metadata?: unknown };
  return {
    name: error.name.replace(/Exception$/, ''),
    code: typeof code === 'string' ? code : '',
    status: statusOf($metadata),
  };
}

function statusOf(metadata: unknown): number {
  if (typeof metadata !== 'object' || metadata === null) return 0;
  const { httpStatusCode } = metadata as { httpStatusCode?: unknown };
  return typeof httpStatusCode === 'number' ? httpStatusCode : 0;
}

import type { SNSClientConfig } from '@aws-sdk/client-sns';
import { SNSClient } from '@aws-sdk/client-sns';

/** The unmodified SDK, told where to go. One try, so that a test sees each answer itself. */
export function createTestClient(endpoint: string, config: SNSClientConfig = {}): SNSClient {
  return new SNSClient({
    endpoint,
    region: 'eu-central-1',
    credentials: { accessKeyId: 'pretend', secretAccessKey: 'pretend' },
    maxAttempts: 1,
    ...config,
  });
}

/**
 * Where the servers of a test run are. `npm test` starts one broker and one database for all tests, so a
 * test keeps apart from the others by names of its own: a topic prefix, a database name.
 */
import { randomBytes } from 'node:crypto';

/** What `kafka.brokers` is set to: `127.0.0.1:PORT`. */
export function testKafkaBrokers(): string {
  return fromRunner('CREST_TEST_KAFKA_BROKERS');
}

/** What `mongodb.url` is set to. */
export function testMongoUrl(): string {
  return fromRunner('CREST_TEST_MONGODB_URL');
}

/** A name that no other test uses, good for a topic prefix, a group, a database or a collection. */
export function uniqueName(prefix: string): string {
  return `${prefix}-${randomBytes(5).toString('hex')}`;
}

function fromRunner(name: string): string {
  const value = process.env[name];
  if (value) return value;
  throw new Error(
    `${name} is not set, so this test has no server: run it with "npm test -- PATH", which starts one.`,
  );
}

import type { z } from 'zod';

/**
 * What comes out of reading foreign bytes: a value, or the reason why there is none.
 * Bad input is data here, never an exception (house style, rule 17).
 */
export type Parsed<T> = { ok: true; value: T } | { ok: false; reason: string };

/** How one record type is written to and read from a Kafka value (JSON, UTF-8). */
export interface RecordCodec<T> {
  readonly type: string;
  readonly version: number;
  readonly schema: z.ZodType<T>;
  encode(value: T): string;
  decode(json: unknown): Parsed<T>;
}

/**
 * Makes the codec of a record type from its schema.
 * `decode` takes the parsed JSON; unknown types and versions are refused with a reason.
 */
export function defineRecord<T extends { type: string; version: number }>(
  type: T['type'],
  version: T['version'],
  schema: z.ZodType<T>,
): RecordCodec<T> {
  return {
    type,
    version,
    schema,
    encode: (value) => JSON.stringify(value),
    decode: (json) => decodeWith(type, version, schema, json),
  };
}

/** Reads a Kafka value as JSON. */
export function parseJson(bytes: Uint8Array | string | null): Parsed<unknown> {
  if (bytes === null) return { ok: false, reason: 'value is empty' };
  const text = typeof bytes === 'string' ? bytes : Buffer.from(bytes).toString('utf8');
  try {
    return { ok: true, value: JSON.parse(text) };
  } catch (error) {
    return { ok: false, reason: `value is not JSON: ${(error as Error).message}` };
  }
}

function decodeWith<T>(
  type: string,
  version: number,
  schema: z.ZodType<T>,
  json: unknown,
): Parsed<T> {
  const head = headOf(json);
  if (head.type !== type) return { ok: false, reason: `type ${String(head.type)} is not ${type}` };
  if (head.version !== version) {
    return { ok: false, reason: `${type} version ${String(head.version)} is unknown` };
  }
  const parsed = schema.safeParse(json);
  if (parsed.success) return { ok: true, value: parsed.data };
  const issue = parsed.error.issues[0];
  const where = issue?.path.join('.') ?? '';
  return { ok: false, reason: `${type} ${where}: ${issue?.message ?? 'is malformed'}` };
}

function headOf(json: unknown): { type: unknown; version: unknown } {
  if (typeof json !== 'object' || json === null) return { type: undefined, version: undefined };
  const { type, version } = json as { type?: unknown; version?: unknown };
  return { type, version };
}

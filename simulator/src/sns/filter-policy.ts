import { invalidParameter } from './sns-error.ts';

/** What a filter looks at: message attributes by name, each with its one or many values. */
export type FilterSubject = ReadonlyMap<string, readonly (string | number)[]>;

/** A filter policy in the form it is matched: every key needs one of its conditions to hold. */
export type FilterPolicy = ReadonlyMap<string, readonly Condition[]>;

/** `values` is undefined where the message lacks the attribute. */
type Condition = (values: readonly (string | number)[] | undefined) => boolean;

const keysMax = 5;
const combinationsMax = 150;

/**
 * Parses the JSON of a `FilterPolicy` attribute; an empty text or `{}` filters nothing.
 * Conditions: equality of strings, numbers and booleans, `prefix`, `suffix`, `equals-ignore-case`,
 * `anything-but` (list or one value), `numeric` and `exists`.
 * Source: SNS developer guide, "Amazon SNS subscription filter policies".
 *
 * @throws SnsError `InvalidParameter` for what is no policy or exceeds 5 keys or 150 combinations
 */
export function parseFilterPolicy(json: string): FilterPolicy {
  if (json === '') return new Map();
  const policy = parseObject(json);
  const entries = Object.entries(policy);
  if (entries.length > keysMax)
    throw refusal(`Filter policy can not have more than ${keysMax} keys`);
  let combinations = 1;
  const parsed = entries.map(([key, rules]): [string, Condition[]] => {
    if (!Array.isArray(rules)) throw refusal(`"${key}" must be an object or an array`);
    if (rules.length === 0) throw refusal('Empty arrays are not allowed');
    combinations *= rules.length;
    return [key, rules.map(parseCondition)];
  });
  if (combinations > combinationsMax) throw refusal('Filter policy is too complex');
  return new Map(parsed);
}

/** Whether a message with these attributes passes. */
export function matchesFilter(policy: FilterPolicy, subject: FilterSubject): boolean {
  return [...policy].every(([key, conditions]) => {
    const values = subject.get(key);
    return conditions.some((holds) => holds(values));
  });
}

function refusal(reason: string): Error {
  return invalidParameter(`FilterPolicy: ${reason}`);
}

function parseObject(json: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    throw refusal('failed to parse JSON.');
  }
  if (!isObject(value)) throw refusal('Filter policy must be a JSON object');
  return value;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function parseCondition(rule: unknown): Condition {
  if (isScalar(rule)) return anyValue((value) => sameScalar(rule, value));
  if (!isObject(rule)) throw refusal('Match value must be String, number, true, false, or null');
  const [[operator, operand] = ['', undefined], ...others] = Object.entries(rule);
  if (others.length > 0) throw refusal('Only one key allowed in match expression');
  const build = operators[operator];
  if (build === undefined) throw refusal(`Unrecognized match type ${operator}`);
  return build(operand);
}

function isScalar(value: unknown): value is string | number | boolean | null {
  return value === null || ['string', 'number', 'boolean'].includes(typeof value);
}

/** Attributes hold only strings and numbers: `true` matches the word in a `String.Array`. */
function sameScalar(rule: string | number | boolean | null, value: string | number): boolean {
  return typeof rule === 'string' || typeof rule === 'number'
    ? rule === value
    : String(rule) === value;
}

function anyValue(test: (value: string | number) => boolean): Condition {
  return (values) => values !== undefined && values.some(test);
}

const operators: Readonly<Record<string, (operand: unknown) => Condition>> = {
  prefix: (operand) => stringCondition(operand, (value, text) => value.startsWith(text)),
  suffix: (operand) => stringCondition(operand, (value, text) => value.endsWith(text)),
  'equals-ignore-case': (operand) =>
    stringCondition(operand, (value, text) => value.toLowerCase() === text.toLowerCase()),
  exists: parseExists,
  numeric: parseNumeric,
  'anything-but': parseAnythingBut,
};

function stringCondition(
  operand: unknown,
  test: (value: string, text: string) => boolean,
): Condition {
  if (typeof operand !== 'string') throw refusal('match pattern must be a string');
  return anyValue((value) => typeof value === 'string' && test(value, operand));
}

function parseExists(operand: unknown): Condition {
  if (typeof operand !== 'boolean')
    throw refusal('exists match pattern must be either true or false');
  return (values) => (values !== undefined) === operand;
}

function parseAnythingBut(operand: unknown): Condition {
  if (isObject(operand)) {
    const inner = parseCondition(operand);
    return anyValue((value) => !inner([value]));
  }
  const refused: unknown[] = Array.isArray(operand) ? operand : [operand];
  if (refused.length === 0 || !refused.every(isScalar)) {
    throw refusal('Value of anything-but must be an array or single string/number value');
  }
  return anyValue((value) => !refused.includes(value));
}

const comparisons: Readonly<Record<string, (value: number, limit: number) => boolean>> = {
  '=': (value, limit) => value === limit,
  '<': (value, limit) => value < limit,
  '<=': (value, limit) => value <= limit,
  '>': (value, limit) => value > limit,
  '>=': (value, limit) => value >= limit,
};

/** `["=", 5]` or a range such as `[">=", 0, "<", 10]`; numbers within plus or minus 10^9. */
function parseNumeric(operand: unknown): Condition {
  if (!Array.isArray(operand) || operand.length === 0 || operand.length % 2 === 1) {
    throw refusal('Value of numeric must be an array of operators and numbers');
  }
  const pairs: unknown[] = operand;
  const tests: ((value: number) => boolean)[] = [];
  for (let index = 0; index < pairs.length; index += 2) {
    const compare = comparisons[String(pairs[index])];
    const limit = pairs[index + 1];
    if (compare === undefined || typeof limit !== 'number' || Math.abs(limit) > 1e9) {
      throw refusal('Value of numeric must be an array of operators and numbers');
    }
    tests.push((value) => compare(value, limit));
  }
  return anyValue((value) => typeof value === 'number' && tests.every((test) => test(value)));
}

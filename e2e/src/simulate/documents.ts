/**
 * Filters and updates of MongoDB, as far as Crest uses them, over plain documents. Anything else is
 * refused, so that a new operator in production code shows here at once.
 */
import { Binary } from 'mongodb';

/** A document. */
export type Doc = Record<string, unknown> & { _id: unknown };

/** A copy as the driver makes one on the wire: `undefined` is left out, bytes become `Binary`. */
export function copyOf(value: unknown): unknown {
  if (value === null || typeof value !== 'object') return value;
  if (value instanceof Date) return new Date(value);
  if (value instanceof Binary) return new Binary(Uint8Array.from(value.value()));
  if (value instanceof Uint8Array) return new Binary(Uint8Array.from(value));
  return Array.isArray(value) ? value.map(copyOf) : copyOfFields(value);
}

function copyOfFields(fields: object): object {
  const from = fields as Record<string, unknown>;
  const copy: Record<string, unknown> = {};
  for (const name of Object.keys(from)) {
    const field = from[name];
    if (field !== undefined) copy[name] = copyOf(field);
  }
  return copy;
}

/** A copy of a whole document. */
export function copyOfDoc(value: unknown): Doc {
  return copyOf(value) as Doc;
}

/** Whether the filter matches. */
export function matches(doc: Doc, filter: object): boolean {
  return Object.entries(filter).every(([path, wanted]) => {
    if (path === '$and') return (wanted as object[]).every((each) => matches(doc, each));
    if (path === '$or') return (wanted as object[]).some((each) => matches(doc, each));
    if (path.startsWith('$')) throw new Error(`filter ${path} is not known here`);
    return isWanted(at(doc, path), wanted);
  });
}

type Test = (value: unknown, operand: never) => boolean;

const TESTS: Readonly<Record<string, Test>> = {
  $eq: (value, operand) => isSame(value, operand),
  $ne: (value, operand) => !isSame(value, operand),
  $lt: (value, operand) => compare(value, operand, (order) => order < 0),
  $lte: (value, operand) => compare(value, operand, (order) => order <= 0),
  $gt: (value, operand) => compare(value, operand, (order) => order > 0),
  $gte: (value, operand) => compare(value, operand, (order) => order >= 0),
  $in: (value, operand: unknown[]) => operand.some((each) => isSame(value, each)),
  $nin: (value, operand: unknown[]) => !operand.some((each) => isSame(value, each)),
  $exists: (value, operand: boolean) => (value !== undefined) === operand,
};

function isWanted(value: unknown, wanted: unknown): boolean {
  const operators = operatorsOf(wanted);
  if (operators === null) return isSame(value, wanted);
  return operators.every(([name, operand]) => {
    const test = TESTS[name];
    if (test === undefined) throw new Error(`filter ${name} is not known here`);
    return test(value, operand as never);
  });
}

function operatorsOf(wanted: unknown): [string, unknown][] | null {
  if (wanted === null || typeof wanted !== 'object' || wanted instanceof Date) return null;
  const entries = Object.entries(wanted);
  return entries.length > 0 && entries.every(([name]) => name.startsWith('$')) ? entries : null;
}

// Ranges hold between values of one type alone, as in the database.
function compare(value: unknown, operand: unknown, holds: (order: number) => boolean): boolean {
  const [a, b] = [plain(value), plain(operand)];
  if (typeof a === 'number' && typeof b === 'number') return holds(a - b);
  if (typeof a !== 'string' || typeof b !== 'string') return false;
  return holds(a < b ? -1 : Number(a > b));
}

function isSame(value: unknown, wanted: unknown): boolean {
  if (wanted === null) return value === null || value === undefined;
  if (typeof wanted !== 'object') return value === wanted;
  return JSON.stringify(plain(value)) === JSON.stringify(plain(wanted));
}

function plain(value: unknown): unknown {
  return value instanceof Date ? value.getTime() : value;
}

function at(doc: unknown, path: string): unknown {
  let value = doc;
  for (const name of path.split('.'))
    value = (value as Record<string, unknown> | undefined)?.[name];
  return value;
}

/** Changes the document; `isNew` where an upsert has just made it. */
export function change(doc: Doc, update: object, isNew: boolean): void {
  for (const [name, fields] of Object.entries(update)) {
    const operator = OPERATORS[name];
    if (operator === undefined) throw new Error(`update ${name} is not known here`);
    for (const [path, operand] of Object.entries(fields as object)) {
      put(doc, path, operator(at(doc, path), copyOf(operand), isNew));
    }
  }
}

type Operator = (before: unknown, operand: unknown, isNew: boolean) => unknown;

const OPERATORS: Readonly<Record<string, Operator>> = {
  $set: (_, operand) => operand,
  $setOnInsert: (before, operand, isNew) => (isNew ? operand : before),
  $inc: (before, operand) => Number(before ?? 0) + Number(operand),
  $max: (before, operand) =>
    before === undefined || Number(operand) > Number(before) ? operand : before,
  $min: (before, operand) =>
    before === undefined || Number(operand) < Number(before) ? operand : before,
  $unset: () => undefined,
};

function put(doc: Doc, path: string, value: unknown): void {
  const names = path.split('.');
  const last = names.pop() ?? '';
  let holder: Record<string, unknown> = doc;
  for (const name of names) {
    holder[name] ??= {};
    holder = holder[name] as Record<string, unknown>;
  }
  if (value === undefined) Reflect.deleteProperty(holder, last);
  else holder[last] = value;
}

/** What an upsert begins with: the equalities of its filter. */
export function seedOf(filter: object): Record<string, unknown> {
  const seed: Record<string, unknown> = {};
  for (const [path, wanted] of Object.entries(filter)) {
    if (!path.startsWith('$') && operatorsOf(wanted) === null) seed[path] = wanted;
  }
  return seed;
}

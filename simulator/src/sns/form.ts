/**
 * The request form of the AWS Query protocol: flat `key=value` pairs in which lists and maps are
 * spelled with numbered keys (`Attributes.entry.1.key`).
 * Source: smithy.io, "AWS query protocol", and what `@aws-sdk/client-sns` 3.1169.0 sends.
 */
export type Form = ReadonlyMap<string, string>;

/** Parses a form-encoded body or a query string; of a repeated key the last value counts. */
export function parseForm(encoded: string): Form {
  return new Map(new URLSearchParams(encoded));
}

/** The structures under `prefix.1`, `prefix.2` ... in the order of their numbers. */
export function formGroups(form: Form, prefix: string): Form[] {
  const groups = new Map<number, Map<string, string>>();
  for (const [key, value] of form) {
    if (!key.startsWith(`${prefix}.`)) continue;
    const [number = '', ...rest] = key.slice(prefix.length + 1).split('.');
    const index = Number(number);
    if (!Number.isInteger(index) || index < 1) continue;
    const group = groups.get(index) ?? new Map<string, string>();
    groups.set(index, group.set(rest.join('.'), value));
  }
  return [...groups].sort(([a], [b]) => a - b).map(([, group]) => group);
}

/** The strings of a list such as `attributes.member.1=...`. */
export function formList(form: Form, name: string): string[] {
  return formGroups(form, `${name}.member`).map((group) => group.get('') ?? '');
}

/** The pairs of a map such as `Attributes.entry.1.key=...&Attributes.entry.1.value=...`. */
export function formMap(form: Form, name: string): Map<string, string> {
  return new Map(
    formGroups(form, `${name}.entry`).map((group) => [
      group.get('key') ?? '',
      group.get('value') ?? '',
    ]),
  );
}

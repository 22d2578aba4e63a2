/** Sets of event time as lists of spans: sorted, apart from each other, both ends belonging to them. */

/** Epoch milliseconds; `toMs` may be Infinity, and equal to `fromMs` for a single moment. */
export interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

/** Adds a span to a list in place; those that it meets become one with it. */
export function addSpan(spans: Span[], { fromMs, toMs }: Span): void {
  let first = spans.length;
  while (first > 0 && (spans[first - 1] as Span).toMs >= fromMs) first -= 1;
  let last = first;
  let joined: Span = { fromMs, toMs };
  for (; last < spans.length; last += 1) {
    const met = spans[last] as Span;
    if (met.fromMs > toMs) break;
    joined = {
      fromMs: Math.min(joined.fromMs, met.fromMs),
      toMs: Math.max(joined.toMs, met.toMs),
    };
  }
  spans.splice(first, last - first, joined);
}

/** The parts of a span that no span of the list covers; none of them is a single moment. */
export function uncovered(spans: readonly Span[], { fromMs, toMs }: Span): Span[] {
  const left: Span[] = [];
  let atMs = fromMs;
  for (const span of spans) {
    if (span.fromMs >= toMs) break;
    if (span.fromMs > atMs) left.push({ fromMs: atMs, toMs: span.fromMs });
    atMs = Math.max(atMs, span.toMs);
  }
  if (atMs < toMs) left.push({ fromMs: atMs, toMs });
  return left;
}

/** What two lists have in common, single moments apart. */
export function common(spans: readonly Span[], others: readonly Span[]): Span[] {
  return spans.flatMap((span) =>
    others
      .map(({ fromMs, toMs }) => ({
        fromMs: Math.max(fromMs, span.fromMs),
        toMs: Math.min(toMs, span.toMs),
      }))
      .filter(({ fromMs, toMs }) => fromMs < toMs),
  );
}

/** What of a list the other one does not cover. */
export function without(spans: readonly Span[], others: readonly Span[]): Span[] {
  return spans.flatMap((span) => uncovered(others, span));
}

/** Where one list holds and the other does not. */
export function difference(spans: readonly Span[], others: readonly Span[]): Span[] {
  return [...without(spans, others), ...without(others, spans)].sort((a, b) => a.fromMs - b.fromMs);
}

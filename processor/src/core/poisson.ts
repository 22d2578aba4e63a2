/**
 * How surprising a count is: the logarithm of the Poisson tail.
 *
 * `log(1 - cdf)` saturates at about -36.7 and library incomplete gammas fail for large counts, so
 * the tail is summed as a ratio series that goes on for as long as it matters:
 * P(X >= k) = p(k) (1 + l/(k+1) + l^2/((k+1)(k+2)) + ...), with p(k) in the form of C. Loader,
 * "Fast and Accurate Computation of Binomial Probabilities" (2000), which does not cancel.
 */

/** Terms smaller than this, relative to the sum, change no digit of it. */
const NEGLIGIBLE = 1e-17;
const EXACT_FACTORIALS = 16;
const LOG_FACTORIALS = logFactorials(EXACT_FACTORIALS);

/**
 * Natural logarithm of P(X >= k) for X ~ Poisson(lambda): 0 for k <= 0, otherwise below 0.
 * @throws RangeError for a lambda that is not above 0, or a k that is not whole.
 */
export function logSurvival(k: number, lambda: number): number {
  if (!(lambda > 0) || !Number.isInteger(k)) {
    throw new RangeError(`expected a whole k and a lambda above 0, not ${k} and ${lambda}`);
  }
  if (k <= 0) return 0;
  if (k > lambda) return logProbability(k, lambda) + Math.log(upperSeries(k, lambda));
  return Math.log1p(-Math.exp(logProbability(k - 1, lambda)) * lowerSeries(k - 1, lambda));
}

/** Surprise in powers of ten: -log10 P(X >= k). 0 says nothing special, 10 one in ten thousand million. */
export function surprise(k: number, lambda: number): number {
  return Math.max(0, -logSurvival(k, lambda) / Math.LN10);
}

function logProbability(k: number, lambda: number): number {
  if (k < EXACT_FACTORIALS) return k * Math.log(lambda) - lambda - (LOG_FACTORIALS[k] ?? 0);
  const deviance = k * Math.log(k / lambda) - (k - lambda);
  return -deviance - 0.5 * Math.log(2 * Math.PI * k) - stirlingError(k);
}

// log k! - log(Stirling's formula); four terms are exact to the last digit from 16 on.
function stirlingError(k: number): number {
  const square = k * k;
  return (1 / 12 - (1 / 360 - (1 / 1260 - 1 / 1680 / square) / square) / square) / k;
}

function upperSeries(k: number, lambda: number): number {
  let sum = 1;
  let term = 1;
  for (let i = k + 1; term > sum * NEGLIGIBLE; i += 1) {
    term *= lambda / i;
    sum += term;
  }
  return sum;
}

// P(X <= k) / p(k), for k < lambda: downwards the ratios are i / lambda.
function lowerSeries(k: number, lambda: number): number {
  let sum = 1;
  let term = 1;
  for (let i = k; i > 0 && term > sum * NEGLIGIBLE; i -= 1) {
    term *= i / lambda;
    sum += term;
  }
  return sum;
}

function logFactorials(count: number): number[] {
  const logs = [0];
  let factorial = 1;
  for (let i = 1; i < count; i += 1) {
    factorial *= i;
    logs.push(Math.log(factorial));
  }
  return logs;
}

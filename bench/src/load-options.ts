/** What may be said to a bench that puts the whole system under load. */
import { parseArgs } from 'node:util';

export interface LoadOptions {
  /** Messages a second; undefined where it was not said, as with `seconds`. */
  readonly rate: number | undefined;
  readonly seconds: number | undefined;
  /** Whether the outcome is printed as one line of JSON. */
  readonly isJson: boolean;
  /** Where our services write CPU profiles; null for none. */
  readonly profileDir: string | null;
}

/** @throws TypeError for what is no option; RangeError for a number that is none or not above 0. */
export function loadOptions(args: readonly string[]): LoadOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      rate: { type: 'string' },
      seconds: { type: 'string' },
      json: { type: 'boolean' },
      profile: { type: 'string' },
    },
  });
  return {
    rate: positive('--rate', values.rate),
    seconds: positive('--seconds', values.seconds),
    isJson: values.json === true,
    profileDir: values.profile ?? null,
  };
}

function positive(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!(value > 0 && value < Infinity))
    throw new RangeError(`${name} ${text}: use a number above 0`);
  return value;
}

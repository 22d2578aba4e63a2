/** Twitch emotes by their word, and the `emotes` tag of a text. */

/** Well-known global emotes: the word that people type, and Twitch's id of it. */
const EMOTE_IDS: ReadonlyMap<string, string> = new Map([
  ['Kappa', '25'],
  ['KappaPride', '55338'],
  ['Keepo', '1902'],
  ['PogChamp', '305954156'],
  ['LUL', '425618'],
  ['4Head', '354'],
  ['BibleThump', '86'],
  ['Kreygasm', '41'],
  ['ResidentSleeper', '245'],
  ['NotLikeThis', '58765'],
  ['SwiftRage', '34'],
  ['WutFace', '28087'],
  ['BabyRage', '22639'],
  ['HeyGuys', '30259'],
  ['DansGame', '33'],
  ['FailFish', '360'],
  ['Jebaited', '114836'],
  ['TriHard', '120232'],
  ['CoolStoryBob', '123171'],
  ['SeemsGood', '64138'],
  ['VoHiYo', '81274'],
  ['BloodTrail', '69'],
  ['SMOrc', '52'],
  ['TheIlluminati', '145315'],
  ['MrDestructoid', '28'],
  ['OSsloth', '81248'],
  ['PJSalt', '36'],
  ['EleGiggle', '4339'],
  ['KonCha', '160400'],
  ['TTours', '38436'],
  ['GivePLZ', '112291'],
  ['TakeNRG', '112292'],
  ['<3', '9'],
  [':)', '1'],
  [':D', '3'],
  [':(', '2'],
]);

/** The words of the table, for those who write texts. */
export const EMOTE_WORDS: readonly string[] = [...EMOTE_IDS.keys()];

export interface EmotesOfText {
  /** Value of the `emotes` tag, empty for none. */
  readonly tag: string;
  /** Occurrences. */
  readonly count: number;
}

const NONE: EmotesOfText = { tag: '', count: 0 };

/**
 * The emotes of a text, as Twitch tags them: `id:start-end,start-end/id:...`, positions in code
 * points from 0, both ends included; for `/me` counted from the text inside the wrapping.
 */
export function emotesOf(text: string): EmotesOfText {
  const spans = new Map<string, string[]>();
  let start = 0;
  for (const word of text.split(' ')) {
    const end = start + codePoints(word) - 1;
    const id = EMOTE_IDS.get(word);
    if (id !== undefined) remember(spans, id, `${start}-${end}`);
    start = end + 2;
  }
  if (spans.size === 0) return NONE;
  const all = [...spans.values()];
  return {
    tag: [...spans].map(([id, at]) => `${id}:${at.join(',')}`).join('/'),
    count: all.reduce((sum, at) => sum + at.length, 0),
  };
}

function remember(spans: Map<string, string[]>, id: string, span: string): void {
  const known = spans.get(id);
  if (known === undefined) spans.set(id, [span]);
  else known.push(span);
}

function codePoints(word: string): number {
  let count = 0;
  for (const _ of word) count += 1;
  return count;
}

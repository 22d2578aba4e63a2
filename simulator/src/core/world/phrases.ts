/** What people write: made-up sentences in several languages, with the emotes of Twitch. */
import { EMOTE_WORDS, emotesOf } from '../emotes.ts';
import { SeededRandom } from '../seeded-random.ts';

/** A text with its emotes found already. */
export interface Phrase {
  readonly text: string;
  readonly emotes: { readonly tag: string; readonly count: number };
}

export const LANGUAGES = ['en', 'es', 'pt', 'de', 'fr', 'ru', 'ko', 'ja'] as const;
export type Language = (typeof LANGUAGES)[number];

const SENTENCES: Readonly<Record<Language, readonly string[]>> = {
  en: [
    'that was closer than it looked',
    'what is the build this game?',
    'no way he gets out of there',
    'first time here, hello everyone',
    'can somebody explain what just happened',
    'I called it five minutes ago',
    'the music is great today',
    'how long is the stream going to be',
    'chat is moving so fast nobody will see this',
    'good try, next one is ours',
    'turn the volume up a little please',
    'that last fight cost them everything, there is no way back into this game now',
  ],
  es: [
    'qué jugada más buena',
    'hola a todos desde Sevilla',
    'eso no me lo esperaba',
    '¿cuánto falta para la final?',
    'otra vez lo mismo jajaja',
    'vamos que se puede',
    'sube un poco el volumen por favor',
  ],
  pt: [
    'que jogada absurda',
    'boa noite galera',
    'não acredito que ele errou',
    'quanto tempo falta?',
    'kkkkkkkk muito bom',
    'vamos com tudo',
  ],
  de: [
    'das war knapp',
    'schönen Abend zusammen',
    'wie lange geht das heute noch?',
    'so ein Pech, nächstes Mal klappt es',
    'kann jemand die Regeln erklären',
    'stark gespielt',
  ],
  fr: [
    'quelle action incroyable',
    'bonsoir tout le monde',
    'il reste combien de temps ?',
    'encore raté, dommage',
    'bien joué à eux',
  ],
  ru: ['вот это момент', 'всем привет', 'сколько ещё играть?', 'не повезло', 'красиво сделал'],
  ko: ['와 대박', '안녕하세요', '이거 실화냐', '오늘 언제까지 해요?', '잘했다 진짜'],
  ja: ['すごい', 'こんばんは', '今のは危なかった', '何時までやりますか', 'ナイス！'],
};

/** Sentences that get copied by everyone at once. */
const PASTAS = [
  'I am standing on one leg until this round is won, and my neighbours have begun to applaud',
  'dear diary, today the chat was kind to me for four whole seconds',
  '(╯°□°)╯︵ ┻━┻ who put a table here ┬─┬ please put it back',
  'this message was sent from the future 🚀 we still have not won 🚀',
] as const;

/** The texts of one language, made once from a seed and picked from ever after. */
export interface PhraseBook {
  readonly usual: readonly Phrase[];
  /** Short, loud and alike: what a crowd writes when something happens. */
  readonly excited: readonly (readonly Phrase[])[];
  readonly pastas: readonly Phrase[];
}

const USUAL_PHRASES = 1_024;
const MOODS = 12;

export function phraseBookOf(seed: string, language: Language): PhraseBook {
  const random = new SeededRandom(`${seed}/phrases/${language}`);
  const usual = Array.from({ length: USUAL_PHRASES }, () => phraseOf(usualText(random, language)));
  const excited = Array.from({ length: MOODS }, () => mood(random, language));
  return { usual, excited, pastas: PASTAS.map((text) => phraseOf(text)) };
}

export function phraseOf(text: string): Phrase {
  return { text, emotes: emotesOf(text) };
}

function usualText(random: SeededRandom, language: Language): string {
  const kind = random.fraction();
  const sentence = random.pick(SENTENCES[language]);
  const emote = random.pick(EMOTE_WORDS);
  if (kind < 0.45) return sentence;
  if (kind < 0.7) return `${sentence} ${emote}`;
  if (kind < 0.85) return flood(emote, random.between(1, 4));
  return `${sentence}, ${random.pick(SENTENCES[language])}`;
}

/** A crowd has one or two words for a moment, and writes them again and again. */
function mood(random: SeededRandom, language: Language): Phrase[] {
  const emote = random.pick(EMOTE_WORDS);
  const shout = random.pick(SENTENCES[language]).toUpperCase();
  const floods = [1, 2, 3, 5].map((times) => phraseOf(flood(emote, times)));
  return [...floods, phraseOf(`${shout} ${emote}`), phraseOf(shout)];
}

function flood(word: string, times: number): string {
  return Array.from({ length: times }, () => word).join(' ');
}

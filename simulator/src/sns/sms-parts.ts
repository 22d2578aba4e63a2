/** How a text travels by SMS. */
export type SmsParts = { readonly encoding: 'GSM-7' | 'UCS-2'; readonly parts: number };

/**
 * The basic table of GSM 7-bit default alphabet (3GPP TS 23.038, 6.2.1), less the escape: each is
 * one septet.
 */
const basicCharacters = new Set(
  '@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?' +
    '¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà',
);

/** The extension table (3GPP TS 23.038, 6.2.1.1): escape and character, two septets each. */
const extendedCharacters = new Set('\f^{}\\[~]|€');

/** Units (septets, or 16-bit words) in a text sent alone, and in each part of a longer one. */
const capacities = {
  'GSM-7': { single: 160, part: 153 },
  'UCS-2': { single: 70, part: 67 },
} as const;

/**
 * Counts the parts of 140 bytes a text takes. One character outside the GSM alphabet turns the
 * whole text into UCS-2. In a split text the user data header takes 6 bytes of each part, and
 * neither an escape sequence nor a surrogate pair is cut in two. An empty text is one part.
 */
export function countSmsParts(text: string): SmsParts {
  const characters = [...text];
  const gsm = characters.every((char) => basicCharacters.has(char) || extendedCharacters.has(char));
  const encoding = gsm ? 'GSM-7' : 'UCS-2';
  const widths = characters.map((char) =>
    gsm ? (extendedCharacters.has(char) ? 2 : 1) : char.length,
  );
  const { single, part } = capacities[encoding];
  const total = widths.reduce((sum, width) => sum + width, 0);
  return { encoding, parts: total <= single ? 1 : countParts(widths, part) };
}

function countParts(widths: readonly number[], capacity: number): number {
  let parts = 1;
  let used = 0;
  for (const width of widths) {
    if (used + width > capacity) {
      parts += 1;
      used = 0;
    }
    used += width;
  }
  return parts;
}

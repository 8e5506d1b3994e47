/** A text as it is compared when looking for words: however it is written and composed. */
export const folded = (text: string): string => text.normalize("NFKC").toLowerCase();

/** Where a text holds what is looked for, as pairs from, to in the text as it is written. */
export function marks(text: string, sought: string): [from: number, to: number][] {
  const wanted = folded(sought);
  if (!wanted) return [];
  const { letters, starts, ends } = foldedLetters(text);
  const found: [number, number][] = [];
  for (let at = letters.indexOf(wanted); at >= 0; at = letters.indexOf(wanted, at + wanted.length))
    found.push([starts[at]!, ends[at + wanted.length - 1]!]);
  return found;
}

const SYLLABLES = /[^\p{M}]\p{M}*|\p{M}+/gsu;

/** The folded text, and whence to whither each of its letters comes: letters fold with their marks. */
function foldedLetters(text: string): { letters: string; starts: number[]; ends: number[] } {
  let letters = "";
  const [starts, ends]: [number[], number[]] = [[], []];
  for (const { 0: syllable, index } of text.matchAll(SYLLABLES)) {
    const part = folded(syllable);
    letters += part;
    for (let i = 0; i < part.length; i++) {
      starts.push(index);
      ends.push(index + syllable.length);
    }
  }
  return { letters, starts, ends };
}

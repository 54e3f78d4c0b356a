/** What of the palette fits what was typed. */

export type Entry = {
  /** Told apart by this. */
  id: string;
  text: string;
  /** What kind it is: "View", "Order", "Action". */
  kind: string;
  run: () => void;
};

/**
 * How well the text fits: higher is better, null not at all. The letters have to be there in order; those that begin
 * a word, or follow each other, count more.
 */
export function score(text: string, typed: string): number | null {
  const [hay, needle] = [text.toLowerCase(), typed.toLowerCase().replaceAll(/\s+/g, "")];
  let [found, at, last] = [0, 0, -2];
  for (const letter of needle) {
    // The start of a word, if there is one, before a letter in the midst of one.
    const begin = wordStart(hay, letter, at);
    const place = hay[at] === letter && at === last + 1 ? at : begin >= 0 ? begin : hay.indexOf(letter, at);
    if (place < 0) return null;
    found += place === last + 1 ? 3 : begin === place ? 2 : 0;
    last = place;
    at = place + 1;
  }
  return found - hay.length / 100;
}

function wordStart(hay: string, letter: string, from: number): number {
  for (let at = hay.indexOf(letter, from); at >= 0; at = hay.indexOf(letter, at + 1))
    if (at === 0 || /[^\p{L}\p{N}]/u.test(hay[at - 1] ?? "")) return at;
  return -1;
}

/** Those that fit, the best first; in their own order where nothing is typed. */
export function matching(entries: readonly Entry[], typed: string): Entry[] {
  if (typed.trim() === "") return [...entries];
  return entries
    .map((entry, place) => ({ entry, place, fits: score(entry.text, typed) }))
    .filter((each): each is typeof each & { fits: number } => each.fits !== null)
    .sort((one, other) => other.fits - one.fits || one.place - other.place)
    .map((each) => each.entry);
}

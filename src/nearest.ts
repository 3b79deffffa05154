import leven from 'leven';

const longest = 100;
const plain = (word: string): string =>
  word
    .slice(0, longest)
    .toLowerCase()
    .replaceAll(/[\s-]+/g, '_');

/** The known names most like `word` (Levenshtein; case, blanks and hyphens ignored), nearest first, at most `limit`. */
export function nearestNames(word: string, known: readonly string[], limit = 3): string[] {
  const wanted = plain(word);
  return known
    .map((name) => ({ name, distance: leven(wanted, plain(name)) }))
    .toSorted((a, b) => a.distance - b.distance || (a.name < b.name ? -1 : 1))
    .slice(0, limit)
    .map(({ name }) => name);
}

/** `f1` for `f1_score`: the only name that begins with the word; null when there are several or none. */
function onlyBeginning(word: string, known: readonly string[]): string | null {
  const wanted = plain(word);
  const found = wanted.length < 2 ? [] : known.filter((name) => plain(name).startsWith(wanted));
  return found.length === 1 ? (found[0] ?? null) : null;
}

/** The one name that begins with the word, else the nearest when at most a third of the word (at least 2 letters) is wrong; null otherwise. */
export function nearestName(word: string, known: readonly string[]): string | null {
  if (word.length > longest) return null;
  const meant = onlyBeginning(word, known);
  if (meant !== null) return meant;
  const [name] = nearestNames(word, known, 1);
  if (name === undefined) return null;
  const distance = leven(plain(word), plain(name));
  return distance <= Math.max(2, Math.floor(word.length / 3)) && distance < name.length ? name : null;
}

/**
 * "Did you mean": the known word nearest to what was typed, by Damerau-Levenshtein distance
 * (insert, delete, replace, swap neighbours; each costs one), ignoring case and `-` against `_`.
 */
export function nearest(typed: string, known: readonly string[]): string | undefined {
  const word = plain(typed);
  if (word === '') return undefined;
  let best: string | undefined;
  let bestDistance = Math.max(1, Math.floor(word.length / 3)) + 1;
  for (const candidate of known) {
    const target = plain(candidate);
    const distance = word === target ? 0 : editDistance(word, target);
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best ?? known.find((candidate) => word.length >= 3 && plain(candidate).startsWith(word));
}

/** `; did you mean 'x'?` or nothing: the tail of an error sentence. */
export function didYouMean(typed: string, known: readonly string[]): string {
  const guess = nearest(typed, known);
  return guess === undefined ? '' : `; did you mean '${guess}'?`;
}

function plain(word: string): string {
  return word.trim().toLowerCase().replaceAll('_', '-').slice(0, 64);
}

/** Optimal string alignment: three rows of the dynamic program are enough. */
export function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (last[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      let cost = Math.min(replaced, (last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1);
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (swapped) cost = Math.min(cost, (beforeLast[j - 2] ?? 0) + 1);
      row.push(cost);
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length] ?? 0;
}

/**
 * Sets of indices as Slurm writes them: `0-15:4,20` and, for arrays, a throttle `0-99%8`.
 * A parsed set is ascending and without repeats; compressing it gives the shortest usual text.
 */
import { notParsed, type Parsed, parsed } from './parsed.ts';

export type IndexBounds = { readonly largestIndex: number; readonly mostIndices: number };

export type ArraySpec = {
  readonly indices: readonly number[];
  /** How many tasks may run at once; undefined when the text gives no `%n`. */
  readonly atOnce: number | undefined;
};

export function parseIndexSet(text: string, bounds: IndexBounds): Parsed<readonly number[]> {
  const found = new Set<number>();
  let at = 0;
  let named = 0;
  for (const item of text.split(',')) {
    const parts = /^\s*(\d{1,15})(?:-(\d{1,15})(?::(\d{1,15}))?)?\s*$/.exec(item);
    if (!parts) return notParsed(`not an index or range '${item.trim()}'`, text, at);
    const low = Number(parts[1]);
    const high = Number(parts[2] ?? low);
    const step = Number(parts[3] ?? 1);
    if (high < low) return notParsed(`a range that runs backwards '${item.trim()}'`, text, at);
    if (step < 1) return notParsed(`a step of 0 in '${item.trim()}'`, text, at);
    if (high > bounds.largestIndex) {
      return notParsed(`index ${high} above the largest, ${bounds.largestIndex}`, text, at);
    }
    // Ranges that name the same again and again are work too.
    named += Math.floor((high - low) / step) + 1;
    if (named > 2 * bounds.mostIndices) return tooMany(text, at, bounds);
    for (let index = low; index <= high; index += step) found.add(index);
    if (found.size > bounds.mostIndices) return tooMany(text, at, bounds);
    at += item.length + 1;
  }
  return parsed([...found].sort((a, b) => a - b));
}

const tooMany = (text: string, at: number, { mostIndices }: IndexBounds): Parsed<never> =>
  notParsed(`${indexCount(text)} indices, above the limit of ${mostIndices}`, text, at);

/** How many indices the text names, repeats counted twice; nothing is built. NaN when it is no set. */
export function indexCount(text: string): number {
  let count = 0;
  for (const item of text.split(',')) {
    const parts = /^\s*(\d{1,15})(?:-(\d{1,15})(?::(\d{1,15}))?)?\s*$/.exec(item);
    const low = Number(parts?.[1]);
    const high = Number(parts?.[2] ?? low);
    count += Math.max(0, Math.floor((high - low) / Math.max(1, Number(parts?.[3] ?? 1))) + 1);
  }
  return count;
}

/** `pisub --array`: an index set, then perhaps `%n`. */
export function parseArraySpec(text: string, bounds: IndexBounds): Parsed<ArraySpec> {
  const percent = text.indexOf('%');
  const indices = parseIndexSet(percent < 0 ? text : text.slice(0, percent), bounds);
  if (!indices.ok) return indices;
  if (percent < 0) return parsed({ indices: indices.value, atOnce: undefined });
  const limit = text.slice(percent + 1).trim();
  if (!/^[1-9]\d{0,8}$/.test(limit)) {
    return notParsed(`'${limit}' is not a number of tasks at once`, text, percent + 1);
  }
  return parsed({ indices: indices.value, atOnce: Number(limit) });
}

/** Ascending indices to text: `0-3,8`, and a step where at least four share it: `0-12:4`. */
export function compressIndexSet(indices: readonly number[]): string {
  const texts: string[] = [];
  let start = 0;
  while (start < indices.length) {
    const { end, step } = longestRun(indices, start);
    const first = indices[start] ?? 0;
    const last = indices[end] ?? first;
    if (end === start) texts.push(String(first));
    else if (step === 1) texts.push(end === start + 1 ? `${first},${last}` : `${first}-${last}`);
    else texts.push(`${first}-${last}:${step}`);
    start = end + 1;
  }
  return texts.join(',');
}

function longestRun(indices: readonly number[], start: number): { end: number; step: number } {
  const at = (index: number): number => indices[index] ?? Number.NaN;
  const step = at(start + 1) - at(start);
  let end = start;
  while (at(end + 1) - at(end) === step) end++;
  const worthIt = step === 1 || end - start >= 3;
  return worthIt ? { end, step } : { end: start, step: 1 };
}

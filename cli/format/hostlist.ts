/**
 * Slurm's host list grammar: `pi[01-08,10],x3`, several brackets in one name allowed. Order is
 * kept both ways, because the order of nodes is the order of ranks:
 * expand(compress(names)) gives the same names in the same order.
 */
import { notParsed, type Parsed, parsed } from './parsed.ts';

/** More names than any cluster of ours has; stops `pi[0-999999999]`. */
export const LARGEST_HOSTLIST = 65_536;

/** Names begun in one word, counted at each of its pieces: `[0-3][0-3][0-3]...` ends soon. */
const MOST_MADE = 2 * LARGEST_HOSTLIST;

export function expandHostlist(text: string): Parsed<readonly string[]> {
  const names: string[] = [];
  if (text.trim() === '') return parsed(names);
  for (const word of splitOutsideBrackets(text)) {
    const expanded = expandWord(word.text, { whole: text, start: word.at });
    if (!expanded.ok) return expanded;
    if (names.length + expanded.value.length > LARGEST_HOSTLIST) {
      return notParsed(`a host list of more than ${LARGEST_HOSTLIST} names`, text, word.at);
    }
    for (const name of expanded.value) names.push(name);
  }
  return parsed(names);
}

type Word = { readonly text: string; readonly at: number };

function splitOutsideBrackets(text: string): Word[] {
  const words: Word[] = [];
  let depth = 0;
  let start = 0;
  for (let i = 0; i <= text.length; i++) {
    const char = text[i] ?? ',';
    if (char === '[') depth++;
    if (char === ']') depth--;
    if (i === text.length || (char === ',' && depth <= 0)) {
      words.push({ text: text.slice(start, i).trim(), at: start });
      start = i + 1;
    }
  }
  return words;
}

function expandWord(
  word: string,
  place: { readonly whole: string; readonly start: number },
): Parsed<readonly string[]> {
  if (word === '') return notParsed('an empty host name', place.whole, place.start);
  let names = [''];
  let made = 0;
  const piece = /\[([^[\]]*)\]|([^[\],\s]+)/y;
  let at = 0;
  while (at < word.length) {
    piece.lastIndex = at;
    const found = piece.exec(word);
    if (!found) return notParsed('a stray bracket or space', place.whole, place.start + at);
    let endings: Parsed<readonly string[]> = parsed([found[2] ?? '']);
    if (found[1] !== undefined) {
      endings = expandBracket(found[1], { whole: place.whole, start: place.start + at + 1 });
    }
    if (!endings.ok) return endings;
    if (names.length * endings.value.length > LARGEST_HOSTLIST) {
      return notParsed(`more than ${LARGEST_HOSTLIST} names`, place.whole, place.start + at);
    }
    const tails = endings.value;
    made += names.length * tails.length;
    if (made > MOST_MADE) {
      return notParsed('too many brackets for so many names', place.whole, place.start + at);
    }
    names = names.flatMap((name) => tails.map((tail) => name + tail));
    at = piece.lastIndex;
  }
  return parsed(names);
}

function expandBracket(
  inside: string,
  place: { readonly whole: string; readonly start: number },
): Parsed<readonly string[]> {
  const endings: string[] = [];
  let at = place.start;
  for (const item of inside.split(',')) {
    const found = /^(\d{1,15})(?:-(\d{1,15}))?$/.exec(item.trim());
    if (!found) return notParsed(`not a range '${item}'`, place.whole, at);
    const [, low = '', high = low] = found;
    if (Number(high) < Number(low)) {
      return notParsed(`a range that runs backwards '${item}'`, place.whole, at);
    }
    if (Number(high) - Number(low) + endings.length >= LARGEST_HOSTLIST) {
      return notParsed(`more than ${LARGEST_HOSTLIST} names`, place.whole, at);
    }
    for (let value = Number(low); value <= Number(high); value++) {
      endings.push(String(value).padStart(low.length, '0'));
    }
    at += item.length + 1;
  }
  return parsed(endings);
}

type Run = { prefix: string; ranges: { low: string; high: string }[] };

/** The nodes of a job as Slurm prints them: `node2` before `node10`, whatever the order of ranks. */
export const nodeList = (names: readonly string[]): string =>
  compressHostlist([...names].sort((a, b) => a.localeCompare(b, 'en', { numeric: true })));

/** Names that follow each other, share a prefix and end in a number become one bracket. */
export function compressHostlist(names: readonly string[]): string {
  const runs: Run[] = [];
  for (const name of names) {
    const [, prefix = '', digits = ''] = /^(.*?)(\d{0,15})$/s.exec(name) ?? [undefined, name, ''];
    const run = runs.at(-1);
    if (digits === '' || run?.prefix !== prefix || run.ranges.length === 0) {
      runs.push({ prefix, ranges: digits === '' ? [] : [{ low: digits, high: digits }] });
    } else {
      const range = run.ranges.at(-1);
      if (range && follows(range, digits)) range.high = digits;
      else run.ranges.push({ low: digits, high: digits });
    }
  }
  return runs.map(printRun).join(',');
}

function follows(range: { readonly low: string; readonly high: string }, digits: string): boolean {
  return digits === String(Number(range.high) + 1).padStart(range.low.length, '0');
}

function printRun({ prefix, ranges }: Run): string {
  const [only] = ranges;
  if (!only) return prefix;
  if (ranges.length === 1 && only.low === only.high) return prefix + only.low;
  const inside = ranges.map(({ low, high }) => (low === high ? low : `${low}-${high}`));
  return `${prefix}[${inside.join(',')}]`;
}

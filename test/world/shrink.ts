/** What a failing world can do without: dropped as long as it still fails. */
import type { Rule } from './rule.ts';
import { runSeed } from './seededWorld.ts';
import { itemsOf } from './users.ts';

export type Shrunk = {
  readonly dropped: readonly string[];
  readonly left: readonly string[];
  readonly violation: string;
};

/** Halves first, then ever smaller pieces; at most `runs` worlds. */
export function shrink(seed: number, runs: number, wish: { without?: Rule } = {}): Shrunk {
  const items = itemsOf(seed);
  let left = [...items];
  let violation = runSeed(seed, wish).violations[0] ?? 'nothing: it does not fail';
  let spent = 0;
  for (let size = Math.ceil(left.length / 2); size >= 1; size = Math.floor(size / 2)) {
    for (let at = 0; at < left.length && spent < runs; ) {
      const tried = left.toSpliced(at, size);
      const dropped = new Set(items.filter((item) => !tried.includes(item)));
      spent += 1;
      const found = runSeed(seed, { ...wish, dropped }).violations[0];
      if (found === undefined) at += size;
      else {
        left = tried;
        violation = found;
      }
    }
  }
  return { dropped: items.filter((item) => !left.includes(item)), left, violation };
}

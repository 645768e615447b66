/**
 * The tasks `first` to `last`, ordered by cost: workers take the most expensive one that is
 * left (so that no large task starts late), the dispatcher the cheapest.
 */
export type TaskBag = { smallest: number; largest: number };

export function takeLargest(bag: TaskBag): number | undefined {
  if (bag.largest < bag.smallest) return undefined;
  bag.largest -= 1;
  return bag.largest + 1;
}

export function takeSmallest(bag: TaskBag): number | undefined {
  if (bag.largest < bag.smallest) return undefined;
  bag.smallest += 1;
  return bag.smallest - 1;
}

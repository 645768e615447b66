/** What will happen in virtual time: a binary heap; equal times keep their order of entry. */
export type Agenda = {
  nowMs(): number;
  at(timeMs: number, action: () => void): void;
  /** Performs the next action at its time; false when there is none up to `untilMs`. */
  next(untilMs: number): boolean;
};

type Entry = { readonly timeMs: number; readonly order: number; readonly action: () => void };

const before = (a: Entry, b: Entry): boolean =>
  a.timeMs < b.timeMs || (a.timeMs === b.timeMs && a.order < b.order);

export function createAgenda(startMs: number): Agenda {
  const heap: Entry[] = [];
  let nowMs = startMs;
  let order = 0;
  return {
    nowMs: () => nowMs,
    at: (timeMs, action) => {
      order += 1;
      push(heap, { timeMs: Math.max(timeMs, nowMs), order, action });
    },
    next: (untilMs) => {
      const first = heap[0];
      if (!first || first.timeMs > untilMs) return false;
      pop(heap);
      nowMs = first.timeMs;
      first.action();
      return true;
    },
  };
}

function push(heap: Entry[], entry: Entry): void {
  let at = heap.length;
  heap.push(entry);
  while (at > 0) {
    const up = (at - 1) >> 1;
    const parent = heap[up];
    if (!parent || !before(entry, parent)) break;
    heap[at] = parent;
    at = up;
  }
  heap[at] = entry;
}

function pop(heap: Entry[]): void {
  const last = heap.pop();
  if (!last || heap.length === 0) return;
  let at = 0;
  for (;;) {
    const left = heap[2 * at + 1];
    const right = heap[2 * at + 2];
    const smaller = left && right && before(right, left) ? right : left;
    if (!smaller || !before(smaller, last)) break;
    heap[at] = smaller;
    at = smaller === left ? 2 * at + 1 : 2 * at + 2;
  }
  heap[at] = last;
}

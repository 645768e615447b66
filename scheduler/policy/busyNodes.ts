/**
 * Until when nodes are busy with what runs: the nodes in the order in which they become free, with
 * the set of the free ones at every so many of them.
 */
import type { Gains } from './gains.ts';
import type { NodeSet } from './nodeSet.ts';
import { addNode, emptySet, hasNode } from './nodeSet.ts';

/** Sets are kept at so many points at most. */
const POINTS = 128;

export class BusyNodes {
  /** By place. */
  readonly #untilMs: Float64Array;
  /** Places, ascending by `untilMs`. */
  readonly #order: Int32Array;
  readonly #points: NodeSet[] = [];
  readonly #spacing: number;

  private constructor(untilMs: Float64Array, order: Int32Array) {
    this.#untilMs = untilMs;
    this.#order = order;
    this.#spacing = Math.max(16, Math.ceil(order.length / POINTS));
    const set = emptySet(order.length);
    for (let at = 0; at < order.length; at += 1) {
      if (at % this.#spacing === 0) this.#points.push(set.slice());
      addNode(set, order[at] as number);
    }
  }

  static from(untilMs: Float64Array): BusyNodes {
    const order = Int32Array.from(untilMs.keys());
    return new BusyNodes(
      untilMs,
      order.sort((a, b) => compare(untilMs, a, b)),
    );
  }

  /** As it is when these places have become free at other times. */
  with(changed: ReadonlyMap<number, number>): BusyNodes {
    if (changed.size === 0) return this;
    const untilMs = this.#untilMs.slice();
    for (const [index, ms] of changed) untilMs[index] = ms;
    const moved = [...changed.keys()].sort((a, b) => compare(untilMs, a, b));
    const order = new Int32Array(untilMs.length);
    let count = 0;
    let next = 0;
    for (const index of this.#order) {
      if (changed.has(index)) continue;
      for (; next < moved.length; next += 1) {
        const other = moved[next] as number;
        if ((untilMs[other] as number) > (untilMs[index] as number)) break;
        order[count++] = other;
      }
      order[count++] = index;
    }
    for (; next < moved.length; next += 1) order[count++] = moved[next] as number;
    return new BusyNodes(untilMs, order);
  }

  /** Those that are free at the moment, in place of what was in `set`. */
  freeAt(atMs: number, set: NodeSet): void {
    const position = this.#position(atMs);
    const point = Math.min(this.#points.length - 1, Math.floor(position / this.#spacing));
    if (point < 0) return;
    set.set(this.#points[point] as NodeSet);
    for (let at = point * this.#spacing; at < position; at += 1) {
      addNode(set, this.#order[at] as number);
    }
  }

  /** Adds when the others become free, those of `among` that are not in `but`, up to so many. */
  addEnds(
    afterMs: number,
    { among, but, enough }: { among: NodeSet; but: NodeSet; enough: number },
    { ends, ranks }: { readonly ends: Gains; readonly ranks: number },
  ): void {
    let sum = 0;
    for (let at = this.#position(afterMs); at < this.#order.length && sum < enough; at += 1) {
      const index = this.#order[at] as number;
      if (!hasNode(among, index) || hasNode(but, index)) continue;
      ends.addFrom(this.#untilMs, index, ranks);
      sum += ranks;
    }
  }

  /** When the first of them that is busy at that moment, and not in `but`, becomes free. */
  firstEnd(afterMs: number, among: NodeSet, but: NodeSet): number {
    for (let at = this.#position(afterMs); at < this.#order.length; at += 1) {
      const index = this.#order[at] as number;
      if (hasNode(among, index) && !hasNode(but, index)) return this.#untilMs[index] as number;
    }
    return Infinity;
  }

  /** How many are free at the moment. */
  #position(atMs: number): number {
    let low = 0;
    let high = this.#order.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#untilMs[this.#order[middle] as number] as number) <= atMs) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

const compare = (untilMs: Float64Array, a: number, b: number): number => {
  const [first, second] = [untilMs[a] as number, untilMs[b] as number];
  return first < second ? -1 : first > second ? 1 : a - b;
};

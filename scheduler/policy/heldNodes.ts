/**
 * Which nodes reservations hold, and until when. A node of which a reservation takes all cores has
 * room for nobody else meanwhile, whatever else is known of it: such nodes are told apart by sets,
 * without a look at their lines, which hold what shares a node.
 */
import type { Window } from '../model/reservation.ts';
import type { Gains } from './gains.ts';
import type { Hold } from './nodeLine.ts';
import type { Members, NodeSet } from './nodeSet.ts';
import { addMembers } from './nodeSet.ts';

export type Held = {
  readonly hold: Hold;
  /** All cores of these. */
  readonly whole: Members;
  /** Some cores of these. */
  readonly parts: Members;
};

export type Covered = Window & {
  /** For one that wants its nodes to itself: then a part in use is a node in use. */
  readonly alone: boolean;
  /** Not counted. */
  readonly own: Hold | undefined;
  readonly among: NodeSet;
};

export class HeldNodes {
  /** The last to end first; their times once more as rows of numbers, since every look reads them all. */
  readonly #held: Held[];
  #fromMs: Float64Array;
  #toMs: Float64Array;

  constructor(before: readonly Held[]) {
    this.#held = before.slice();
    this.#fromMs = new Float64Array(2 * before.length + 64);
    this.#toMs = new Float64Array(2 * before.length + 64);
    for (const [at, { hold }] of before.entries()) {
      this.#fromMs[at] = hold.fromMs;
      this.#toMs[at] = hold.toMs;
    }
  }

  all(): readonly Held[] {
    return this.#held;
  }

  add(held: Held): void {
    const { length } = this.#held;
    if (length === this.#toMs.length) {
      this.#fromMs = grown(this.#fromMs);
      this.#toMs = grown(this.#toMs);
    }
    const { fromMs, toMs } = held.hold;
    const at = this.#position(toMs);
    this.#held.splice(at, 0, held);
    this.#fromMs.copyWithin(at + 1, at, length);
    this.#toMs.copyWithin(at + 1, at, length);
    this.#fromMs[at] = fromMs;
    this.#toMs[at] = toMs;
  }

  /** Undefined when nothing was held so. */
  remove(hold: Hold): Held | undefined {
    for (let at = this.#position(hold.toMs); this.#held[at]?.hold.toMs === hold.toMs; at += 1) {
      if (this.#held[at]?.hold !== hold) continue;
      this.#fromMs.copyWithin(at, at + 1, this.#held.length);
      this.#toMs.copyWithin(at, at + 1, this.#held.length);
      return this.#held.splice(at, 1)[0];
    }
    return undefined;
  }

  /**
   * Adds to `set` the nodes that have no room at some time of the window, and to `ends` when the last
   * such time of so many of them is over (`ranks` of each may then be had).
   */
  cover(
    { fromMs, toMs, alone, own, among }: Covered,
    set: NodeSet,
    {
      ends,
      ranks,
      needed,
    }: { readonly ends: Gains; readonly ranks: number; readonly needed: NodeSet | undefined },
  ): number {
    let neededAt = -1;
    const sets = { among, needed };
    const starts = this.#fromMs;
    const stops = this.#toMs;
    const count = this.#held.length;
    for (let at = 0; at < count && (stops[at] as number) > fromMs; at += 1) {
      if ((starts[at] as number) >= toMs) continue;
      const { hold, whole, parts } = this.#held[at] as Held;
      if (hold === own) continue;
      const fresh = addMembers(set, whole, sets);
      const more = alone && parts.places.length > 0 ? addMembers(set, parts, sets) : 0;
      if (fresh < 0 || more < 0) neededAt = at;
      ends.addFrom(stops, at, (Math.abs(fresh) + Math.abs(more)) * ranks);
    }
    return neededAt < 0 ? Infinity : (stops[neededAt] as number);
  }

  /** Of the first that ends no later. */
  #position(toMs: number): number {
    let low = 0;
    let high = this.#held.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#toMs[middle] as number) > toMs) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function grown(row: Float64Array): Float64Array {
  const larger = new Float64Array(2 * row.length);
  larger.set(row);
  return larger;
}

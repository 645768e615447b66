/**
 * When each node was last found to be full: a time in which no rank fits, and when the next such
 * time begins. Most nodes are full at most times, and the same times are asked for again and again;
 * kept in rows of numbers, an answer costs no look at the node's line.
 */
import type { NodeLine } from './nodeLine.ts';

export class Blocks {
  readonly #fromMs: Float64Array;
  readonly #toMs: Float64Array;
  readonly #nextMs: Float64Array;

  constructor(nodes: number, before?: Blocks) {
    this.#fromMs = before ? before.#fromMs.slice() : new Float64Array(nodes);
    this.#toMs = before ? before.#toMs.slice() : new Float64Array(nodes);
    this.#nextMs = before ? before.#nextMs.slice() : new Float64Array(nodes);
  }

  /** The end of the last time of the window in which the node is full; 0 when that is not known. */
  end(index: number, fromMs: number, toMs: number): number {
    const endMs = this.#toMs[index] as number;
    if (fromMs >= endMs || toMs <= (this.#fromMs[index] as number)) return 0;
    return toMs <= (this.#nextMs[index] as number) ? endMs : 0;
  }

  /** The node's line has changed. */
  forget(index: number): void {
    this.#toMs[index] = 0;
  }

  /** At that step fewer than `least` cores are free. */
  note(index: number, line: NodeLine, { step, least }: { step: number; least: number }): void {
    const { times, free, width } = line;
    if ((free[step * width] as number) >= least) return;
    let next = step + 1;
    this.#fromMs[index] = times[step] as number;
    this.#toMs[index] = next < times.length ? (times[next] as number) : Infinity;
    while (next < times.length && (free[next * width] as number) >= least) next += 1;
    this.#nextMs[index] = next < times.length ? (times[next] as number) : Infinity;
  }
}

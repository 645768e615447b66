/** How many more ranks there may be from which moment on. */
export class Gains {
  readonly #times: Float64Array;
  readonly #ranks: Int32Array;
  #count = 0;

  constructor(most: number) {
    this.#times = new Float64Array(most);
    this.#ranks = new Int32Array(most);
  }

  clear(): void {
    this.#count = 0;
  }

  add(atMs: number, ranks: number): void {
    if (ranks <= 0 || atMs === Infinity) return;
    this.#times[this.#count] = atMs;
    this.#ranks[this.#count] = ranks;
    this.#count += 1;
  }

  /** As `add`, of a moment in a row of them: it need not be put in a box for the call. */
  addFrom(times: Float64Array, index: number, ranks: number): void {
    if (ranks <= 0 || times[index] === Infinity) return;
    this.#times[this.#count] = times[index] as number;
    this.#ranks[this.#count] = ranks;
    this.#count += 1;
  }

  /** The first moment by which so many have come; Infinity when there are not as many. By quickselect. */
  reach(wanted: number): number {
    const [times, ranks] = [this.#times, this.#ranks];
    let [low, high, left] = [0, this.#count - 1, wanted];
    if (sumOf(ranks, 0, this.#count) < wanted) return Infinity;
    while (low < high) {
      const pivot = times[(low + high) >> 1] ?? 0;
      let [i, j, before] = [low, high, 0];
      while (i <= j) {
        while ((times[i] ?? 0) < pivot) i += 1;
        while ((times[j] ?? 0) > pivot) j -= 1;
        if (i > j) break;
        [times[i], times[j]] = [times[j] ?? 0, times[i] ?? 0];
        [ranks[i], ranks[j]] = [ranks[j] ?? 0, ranks[i] ?? 0];
        i += 1;
        j -= 1;
      }
      before = sumOf(ranks, low, j + 1);
      if (before >= left) high = j;
      else {
        const middle = sumOf(ranks, j + 1, i);
        if (before + middle >= left) return pivot;
        left -= before + middle;
        low = i;
      }
    }
    return times[low] ?? Infinity;
  }
}

function sumOf(ranks: Int32Array, from: number, to: number): number {
  let sum = 0;
  for (let at = from; at < to; at += 1) sum += ranks[at] ?? 0;
  return sum;
}

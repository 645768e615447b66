/** What is known of one segment (segments.ts): of some ranks, or of all. Seconds. */
export type SegmentNote = {
  /** Useful: of all these ranks, of the busiest, and of the next. */
  readonly sum: number;
  readonly most: number;
  readonly second: number;
  /** Blocked since the segment before: of the rank that was so least. */
  readonly least: number;
  /** Of the busiest: which phase it was in, by a number that whoever noted it understands. */
  readonly phase: number;
};

/** One rank worked alone when the second largest is at most this share of the largest. */
const ALONE = 0.1;

/** Notes of one segment added up. */
export class Segment implements SegmentNote {
  /** Some of it is not known any more. */
  lost = false;
  sum = 0;
  most = 0;
  second = 0;
  least = Number.POSITIVE_INFINITY;
  phase = 0;
  /** Who noted the busiest rank. */
  busiest = 0;

  add(from: number, { sum, most, second, least, phase }: SegmentNote): void {
    this.sum += sum;
    this.least = Math.min(this.least, least);
    if (most > this.most) {
      this.second = Math.max(this.most, second);
      this.most = most;
      this.busiest = from;
      this.phase = phase;
    } else this.second = Math.max(this.second, most);
  }

  /** How long one rank worked alone. */
  get alone(): number {
    return this.second > ALONE * this.most ? 0 : this.most - this.second;
  }
}

/**
 * O(1) bookkeeping of synchronising collectives (docs/speedup.md 2.3). A segment is the work between two of
 * them; u_ik are the useful seconds rank i brings to collective k, b_ik the seconds it is blocked
 * there. Maxima need no common clock, and the last to arrive waits for nobody, so min_i b_ik is transfer.
 */

export type SegmentTotals = {
  /** Sum over ranks and segments of u_ik. */
  readonly usefulSeconds: number;
  /** Sum over segments of max_i u_ik. */
  readonly criticalSeconds: number;
  /** Sum of max - 2nd max over segments in which 10 x 2nd max <= max: one rank worked alone. */
  readonly serialSeconds: number;
  /** Sum over segments of min_i b_ik. */
  readonly transferSeconds: number;
};

export const NO_SEGMENTS: SegmentTotals = {
  usefulSeconds: 0,
  criticalSeconds: 0,
  serialSeconds: 0,
  transferSeconds: 0,
};

/** What the root of a collective learns from the u_ik that its messages carry. */
export type Segment = {
  readonly sumSeconds: number;
  readonly maxSeconds: number;
  readonly secondMaxSeconds: number;
  readonly leastBlockedSeconds: number;
};

export function addSegment(totals: SegmentTotals, segment: Segment): SegmentTotals {
  const { sumSeconds, maxSeconds, secondMaxSeconds, leastBlockedSeconds } = segment;
  const alone = maxSeconds > 0 && 10 * secondMaxSeconds <= maxSeconds;
  return {
    usefulSeconds: totals.usefulSeconds + sumSeconds,
    criticalSeconds: totals.criticalSeconds + maxSeconds,
    serialSeconds: totals.serialSeconds + (alone ? maxSeconds - secondMaxSeconds : 0),
    transferSeconds: totals.transferSeconds + leastBlockedSeconds,
  };
}

/** The segment of one collective from the useful seconds of its ranks. */
export function segmentOf(useful: readonly number[], leastBlockedSeconds: number): Segment {
  let [sumSeconds, maxSeconds, secondMaxSeconds] = [0, 0, 0];
  for (const seconds of useful) {
    sumSeconds += seconds;
    if (seconds > maxSeconds) [maxSeconds, secondMaxSeconds] = [seconds, maxSeconds];
    else if (seconds > secondMaxSeconds) secondMaxSeconds = seconds;
  }
  return { sumSeconds, maxSeconds, secondMaxSeconds, leastBlockedSeconds };
}

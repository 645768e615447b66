/**
 * The rank count of a moldable job, `ranks: {min, max}` (docs/speedup.md 4.4; Ghosal, Serazzi, Tripathi 1991):
 * least estimated wait + predicted run among the counts that are efficient enough, where "enough" rises
 * from the knee on an idle cluster to one rank per job under pressure. Whole milliseconds and thousandths decide.
 */
import { averageSeconds, secondsEnvelope } from './candidates.ts';
import { rankGrid, type Search } from './landmarks.ts';

/** What a fit says of a program, as plain numbers: how long it runs with how many ranks. */
export type RuntimeCurve = {
  /** Ascending by ranks, from 1 on; no further than the fit predicts. */
  readonly points: readonly CurvePoint[];
  /** More ranks than these may not make it faster. */
  readonly peakRanks: number;
  /** Of how many runs it was made. */
  readonly runs: number;
};

export type CurvePoint = {
  readonly ranks: number;
  readonly runMs: number;
  /** Speedup per reference processor, in thousandths. */
  readonly efficiency: number;
};

export type MoldableOption = CurvePoint & { readonly waitMs: number };

export type MoldableChoice = {
  readonly ranks: number;
  readonly reason: 'leastWaitAndRun' | 'slowsDown' | 'notEfficient';
  /** The efficiency that was asked for, in thousandths. */
  readonly leastEfficiency: number;
  /** Undefined when there is no room for it that is known of. */
  readonly chosen: MoldableOption | undefined;
};

/** Every count up to this one is on a curve; beyond it the steps grow by a quarter. */
const SINGLE_STEPS = 16;

export function runtimeCurve(search: Search, runs: number): RuntimeCurve {
  const counts: number[] = [];
  for (let ranks = 1; ranks < search.limitRanks; ) {
    counts.push(ranks);
    ranks += ranks < SINGLE_STEPS ? 1 : Math.floor(ranks / 4);
  }
  counts.push(search.limitRanks);
  const points = counts.map((ranks) => {
    const point = search.pointAt(ranks);
    const seconds = averageSeconds(search.set, point);
    return {
      ranks,
      runMs: Math.max(1, Math.round(1000 * seconds)),
      efficiency: Math.round((1000 * search.t1S) / (seconds * point.equivalent)),
    };
  });
  return { points, peakRanks: cautiousPeak(search), runs };
}

/** The curve's counts within the range, and the range's ends where the curve reaches them. */
export function pointsWithin(
  { points }: RuntimeCurve,
  range: { readonly least: number; readonly most: number },
): readonly CurvePoint[] {
  const counts = new Set([range.least, range.most, ...points.map(({ ranks }) => ranks)]);
  return [...counts]
    .filter((ranks) => ranks >= range.least && ranks <= range.most)
    .sort((a, b) => a - b)
    .flatMap((ranks) => pointAt(points, ranks) ?? []);
}

/** Between two counts of the curve on the straight line. */
function pointAt(points: readonly CurvePoint[], ranks: number): CurvePoint | undefined {
  const above = points.find((point) => point.ranks >= ranks);
  if (!above || above.ranks === ranks) return above;
  const below = points.findLast((point) => point.ranks < ranks);
  if (!below) return undefined;
  const share = (ranks - below.ranks) / (above.ranks - below.ranks);
  const between = (from: number, to: number): number => Math.round(from + share * (to - from));
  return {
    ranks,
    runMs: between(below.runMs, above.runMs),
    efficiency: between(below.efficiency, above.efficiency),
  };
}

export type MoldableState = {
  /** Thousandths: 0 on an idle cluster, 1000 when others wait for as much as the cluster has. */
  readonly pressure: number;
  /** 0: none. A count that would run longer is taken only if the others would too, or have no room. */
  readonly limitMs: number;
  /** Infinity where there is no room. Asked for as few counts as decide. */
  waitMsFor(ranks: number): number;
};

/** Undefined when the curve says nothing of the range. Ties go to fewer ranks. */
export function chooseRanks(
  curve: RuntimeCurve,
  range: { readonly least: number; readonly most: number },
  state: MoldableState,
): MoldableChoice | undefined {
  const points = pointsWithin(curve, range);
  const [first] = points;
  if (!first) return undefined;
  const leastEfficiency = 500 + Math.round(Math.min(1000, Math.max(0, state.pressure)) / 2);
  const limitMs = state.limitMs || Number.POSITIVE_INFINITY;
  const gaining = points.filter(({ ranks }) => ranks <= curve.peakRanks);
  const inTime = gaining.filter(({ runMs }) => runMs <= limitMs);
  const able = inTime.length > 0 ? inTime : gaining;
  const best = soonest(
    able.filter(({ efficiency }) => efficiency >= leastEfficiency),
    state,
  );
  const chosen = best ?? fewest([...able, ...points], state);
  const other = gaining.length === 0 ? 'slowsDown' : 'notEfficient';
  const reason = best ? 'leastWaitAndRun' : other;
  return { ranks: chosen?.ranks ?? first.ranks, reason, leastEfficiency, chosen };
}

/** The first that has room. */
function fewest(
  points: readonly CurvePoint[],
  { waitMsFor }: MoldableState,
): MoldableOption | undefined {
  for (const point of points) {
    const waitMs = waitMsFor(point.ranks);
    if (Number.isFinite(waitMs)) return { ...point, waitMs };
  }
  return undefined;
}

/** The fastest are asked first; none whose run alone is longer than the best so far. */
function soonest(
  points: readonly CurvePoint[],
  { waitMsFor }: MoldableState,
): MoldableOption | undefined {
  let best: MoldableOption | undefined;
  for (const point of points.toSorted((a, b) => a.runMs - b.runMs || a.ranks - b.ranks)) {
    const bestMs = best ? best.waitMs + best.runMs : Number.POSITIVE_INFINITY;
    if (point.runMs > bestMs) break;
    const waitMs = Math.round(waitMsFor(point.ranks));
    const totalMs = waitMs + point.runMs;
    const fewer = totalMs === bestMs && best !== undefined && point.ranks < best.ranks;
    if (totalMs < bestMs || fewer) best = { ...point, waitMs };
  }
  return best;
}

/** Where the upper end of the envelope is least: no rank is spent on a gain that may not be there. */
export function cautiousPeak(search: Search): number {
  let best = 1;
  let least = Number.POSITIVE_INFINITY;
  for (const ranks of rankGrid(search.limitRanks)) {
    const { high } = secondsEnvelope(search.set, search.pointAt(ranks), { level: 0.95 });
    if (high < least) [best, least] = [ranks, high];
  }
  return best;
}

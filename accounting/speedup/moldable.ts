/**
 * The rank count of a moldable job, `ranks: {min, max}` (docs/speedup.md 4.4; Ghosal, Serazzi, Tripathi 1991):
 * least estimated wait + predicted run among the counts that are efficient enough, where "enough" rises
 * from the knee on an idle cluster to one rank per job under pressure. Whole milliseconds decide.
 */
import { averageSeconds, secondsEnvelope } from './candidates.ts';
import { rankGrid, type Search } from './landmarks.ts';

export type MoldableRequest = {
  readonly minRanks: number;
  readonly maxRanks: number;
  /** What the user would get without a model. */
  readonly usualRanks: number;
};

export type MoldableOption = {
  readonly ranks: number;
  readonly waitMs: number;
  readonly runMs: number;
  readonly efficiency: number;
};

export type MoldableChoice = {
  readonly ranks: number;
  readonly reason:
    | 'no model'
    | 'out of reach of the model'
    | 'more would slow it down'
    | 'least wait and run'
    | 'nothing is efficient enough';
  /** The efficiency that was asked for. */
  readonly leastEfficiency: number;
  readonly chosen: MoldableOption | undefined;
  /** Best by time if efficiency did not matter: what the pressure cost. */
  readonly fastest: MoldableOption | undefined;
};

export function chooseRanks(
  request: MoldableRequest,
  state: {
    readonly search: Search | undefined;
    /** 0 on an idle cluster, 1 when the queue holds more than the cluster can run. */
    readonly pressure: number;
    readonly waitMsFor: (ranks: number) => number;
  },
): MoldableChoice {
  const leastEfficiency = 0.5 + 0.5 * Math.min(1, Math.max(0, state.pressure));
  const { search } = state;
  const without = (reason: MoldableChoice['reason']): MoldableChoice => ({
    ranks: request.usualRanks,
    reason,
    leastEfficiency,
    chosen: undefined,
    fastest: undefined,
  });
  if (!search) return without('no model');
  const peak = cautiousPeak(search);
  const highest = Math.min(request.maxRanks, Math.max(peak, request.minRanks), search.limitRanks);
  const options = optionsUpTo(highest, request.minRanks, { search, waitMsFor: state.waitMsFor });
  const fastest = quickest(options);
  const [least] = options;
  if (!fastest || !least) return without('out of reach of the model');
  const answer = (chosen: MoldableOption, reason: MoldableChoice['reason']): MoldableChoice => ({
    ranks: chosen.ranks,
    reason,
    leastEfficiency,
    chosen,
    fastest,
  });
  if (least.ranks > peak) return answer(least, 'more would slow it down');
  const chosen = quickest(options.filter(({ efficiency }) => efficiency >= leastEfficiency - 1e-9));
  return chosen
    ? answer(chosen, 'least wait and run')
    : answer(least, 'nothing is efficient enough');
}

function optionsUpTo(
  highest: number,
  lowest: number,
  state: { readonly search: Search; readonly waitMsFor: (ranks: number) => number },
): readonly MoldableOption[] {
  const { set, pointAt, t1S } = state.search;
  const grid = new Set([...rankGrid(highest), lowest]);
  return [...grid]
    .filter((ranks) => ranks >= lowest && ranks <= highest)
    .sort((a, b) => a - b)
    .map((ranks) => {
      const point = pointAt(ranks);
      const seconds = averageSeconds(set, point);
      return {
        ranks,
        waitMs: Math.round(state.waitMsFor(ranks)),
        runMs: Math.round(1000 * seconds),
        efficiency: t1S / (seconds * point.equivalent),
      };
    });
}

function quickest(options: readonly MoldableOption[]): MoldableOption | undefined {
  return options.reduce<MoldableOption | undefined>(
    (best, option) =>
      !best || option.waitMs + option.runMs < best.waitMs + best.runMs ? option : best,
    undefined,
  );
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

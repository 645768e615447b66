/**
 * Does the method keep its promises? Seeded synthetic sweeps with known truth, run noise and a batch
 * effect common to the runs of one rank count (placement, heat), put through the product's own
 * analysis. Two promises: the 95 % interval of f holds the true f in 95 % of the sets, and the averaged
 * curve predicts twice the largest measured rank count far better than Amdahl's law alone.
 */
import { type Random, seededRandom } from '../numeric/seededRandom.ts';
import { LEVEL } from './analyse.ts';
import { abscissaeOf, type Point } from './abscissa.ts';
import {
  averageSeconds,
  type CandidateFit,
  type CandidateSet,
  fitCandidates,
  type Interval,
  secondsEnvelope,
} from './candidates.ts';
import { CANDIDATES, type ModelName, type ModelParameters, modelSeconds } from './model.ts';
import { profileInterval } from './profile.ts';
import type { SpeedupRun } from './run.ts';

export type CoverageOptions = {
  readonly seed: number;
  readonly sets: number;
  readonly ranks: readonly number[];
  readonly repeats: number;
  /** Coefficient of variation of one run. */
  readonly noiseCv: number;
  /** Standard deviation of ln t common to the runs of one rank count. */
  readonly batchCv: number;
};

/** The sweep of docs/speedup.md 1.3's evidence: 3 runs at 5 rank counts, 3 % noise, 5 % batch effect. */
export const COVERAGE_DEFAULTS: CoverageOptions = {
  seed: 20_260_101,
  sets: 2000,
  ranks: [1, 2, 4, 8, 16],
  repeats: 3,
  noiseCv: 0.03,
  batchCv: 0.05,
};

export type TruthResult = {
  readonly truth: ModelName;
  /** Mean |predicted / true - 1| at twice the largest rank count. */
  readonly averaged: number;
  readonly amdahlOnly: number;
  /** Share of sets in which the winner's 95 % interval holds f, and the envelope the true time. */
  readonly winnerHoldsF: number;
  readonly envelopeHoldsTime: number;
  readonly sets: number;
};

export type CoverageResult = {
  readonly sets: number;
  /** Truth Amdahl: share of sets whose f lies in the Amdahl candidate's interval. */
  readonly coverageF: number;
  /** The same sets, interval of whichever model won: the price of not knowing the model. */
  readonly coverageFOfWinner: number;
  /** Over sets whose truths are a third each of the three models. */
  readonly errorAveraged: number;
  readonly errorAmdahlOnly: number;
  readonly byTruth: readonly TruthResult[];
};

export function simulateCoverage(options: CoverageOptions): CoverageResult {
  const random = seededRandom(options.seed);
  let [covered, coveredByWinner] = [0, 0];
  for (let index = 0; index < options.sets; index++) {
    const coverage = coverTruth({ options, random });
    covered += coverage.amdahl ? 1 : 0;
    coveredByWinner += coverage.winner ? 1 : 0;
  }
  const sets = Math.ceil(options.sets / CANDIDATES.length);
  const errors = CANDIDATES.map((truth) => predictTruth(truth, { options, random, sets }));
  const mean = (of: (error: TruthResult) => number): number =>
    errors.reduce((sum, error) => sum + of(error), 0) / errors.length;
  return {
    sets: options.sets,
    coverageF: covered / options.sets,
    coverageFOfWinner: coveredByWinner / options.sets,
    errorAveraged: mean((error) => error.averaged),
    errorAmdahlOnly: mean((error) => error.amdahlOnly),
    byTruth: errors,
  };
}

type Draw = { readonly options: CoverageOptions; readonly random: Random };

function coverTruth(draw: Draw): { readonly amdahl: boolean; readonly winner: boolean } {
  const truth = drawTruth('amdahl', draw);
  const set = fitDrawn(truth, draw);
  if (!set) return { amdahl: false, winner: false };
  return {
    amdahl: holdsF(
      set,
      set.candidates.find(({ model }) => model === 'amdahl'),
      truth.f,
    ),
    winner: holdsF(set, set.headline, truth.f),
  };
}

function holdsF(set: CandidateSet, candidate: CandidateFit | undefined, f: number): boolean {
  const interval = candidate && profileInterval(set, candidate, { quantity: 'f', level: LEVEL });
  return interval !== undefined && holds(interval, f);
}

function holds(interval: Interval, value: number): boolean {
  return interval.low <= value && value <= interval.high;
}

function predictTruth(truth: ModelName, draw: Draw & { readonly sets: number }): TruthResult {
  const ranks = 2 * Math.max(...draw.options.ranks);
  const point: Point = { ranks, equivalent: ranks, serialWeight: 1 };
  let [averaged, amdahlOnly, winnerHoldsF, envelopeHoldsTime, sets] = [0, 0, 0, 0, 0];
  for (let index = 0; index < draw.sets; index++) {
    const parameters = drawTruth(truth, draw);
    const set = fitDrawn(parameters, draw);
    if (!set) continue;
    const wanted = modelSeconds(parameters, point);
    averaged += Math.abs(averageSeconds(set, point) / wanted - 1);
    amdahlOnly += Math.abs(modelSeconds(amdahlOf(set), point) / wanted - 1);
    winnerHoldsF += holdsF(set, set.headline, parameters.f) ? 1 : 0;
    envelopeHoldsTime += holds(secondsEnvelope(set, point, { level: LEVEL }), wanted) ? 1 : 0;
    sets++;
  }
  return {
    truth,
    averaged: averaged / sets,
    amdahlOnly: amdahlOnly / sets,
    winnerHoldsF: winnerHoldsF / sets,
    envelopeHoldsTime: envelopeHoldsTime / sets,
    sets,
  };
}

function fitDrawn(truth: ModelParameters, draw: Draw): CandidateSet | undefined {
  const { options } = draw;
  return fitCandidates(abscissaeOf(drawRuns(truth, draw), options), options);
}

function amdahlOf(set: CandidateSet): ModelParameters {
  return (set.candidates.find(({ model }) => model === 'amdahl') ?? set.headline).parameters;
}

/** f from 1 % to 10 %; fewest time at a quarter of to twice the largest measured rank count. */
function drawTruth(model: ModelName, { options, random }: Draw): ModelParameters {
  const between = (low: number, high: number): number => low * (high / low) ** random.uniform();
  const f = between(0.01, 0.1);
  const largest = Math.max(...options.ranks);
  const peak = between(largest / 4, 2 * largest);
  return {
    t1S: 600,
    f,
    lambda: model === 'amdahl+log' ? ((1 - f) * Math.LN2) / peak : 0,
    kappa: model === 'usl' ? (1 - f) / peak ** 2 : 0,
  };
}

function drawRuns(truth: ModelParameters, { options, random }: Draw): readonly SpeedupRun[] {
  return options.ranks.flatMap((ranks) => {
    const batch = options.batchCv * random.normal();
    const seconds = modelSeconds(truth, { ranks, equivalent: ranks, serialWeight: 1 });
    return Array.from({ length: options.repeats }, (_, index) => ({
      id: `${ranks}.${index}`,
      ranks,
      seconds: seconds * Math.exp(batch + options.noiseCv * random.normal()),
    }));
  });
}

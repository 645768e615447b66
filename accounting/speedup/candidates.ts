/**
 * The candidate models fitted, weighed and averaged (docs/speedup.md 1.3 steps 1-3 and 5). The
 * criterion is AICc with a noise prior: nu0 = 6 pseudo-observations of the cluster's usual
 * run-to-run noise s0, which keeps three parameters from winning on four lucky points.
 */
import { largestOf } from '../numeric/extremes.ts';
import { leverage } from '../numeric/leastSquares.ts';
import { tQuantile } from '../numeric/studentT.ts';
import type { Abscissa, Point } from './abscissa.ts';
import { dividedBy, fitLogResiduals, type LogFit } from './fit.ts';
import {
  CANDIDATES,
  columnsOf,
  designRow,
  type ModelName,
  type ModelParameters,
  modelSeconds,
  parametersOf,
  TERMS,
} from './model.ts';

/** nu0 of the method. */
export const PRIOR_POINTS = 6;
export const DEFAULT_NOISE_CV = 0.03;
export const LEAST_NOISE_CV = 0.005;
/** Candidates below this weight do not widen an envelope. */
const ENVELOPE_WEIGHT = 0.05;

export type Interval = { readonly low: number; readonly high: number };

export type CandidateFit = {
  readonly model: ModelName;
  readonly parameters: ModelParameters;
  readonly fit: LogFit;
  /** sqrt(SSR / (G - k)). */
  readonly residual: number;
  readonly degreesOfFreedom: number;
  readonly criterion: number;
  /** Akaike weight among the candidates. */
  readonly weight: number;
};

export type CandidateSet = {
  readonly abscissae: readonly Abscissa[];
  readonly noiseCv: number;
  /** The largest of the runs'; 0 where none is known. */
  readonly timeError: number;
  readonly candidates: readonly CandidateFit[];
  readonly headline: CandidateFit;
};

export function fitCandidates(
  abscissae: readonly Abscissa[],
  options: { readonly noiseCv: number; readonly models?: readonly ModelName[] },
): CandidateSet | undefined {
  const noiseCv = Math.max(options.noiseCv, LEAST_NOISE_CV);
  const seconds = abscissae.map((abscissa) => abscissa.seconds);
  const fits: Omit<CandidateFit, 'weight'>[] = [];
  for (const model of options.models ?? CANDIDATES) {
    const k = TERMS[model].length;
    if (abscissae.length < k + 1) continue;
    const fit = fitLogResiduals(columnsOf(TERMS[model], abscissae), seconds);
    if (!fit) continue;
    const degreesOfFreedom = abscissae.length - k;
    fits.push({
      model,
      parameters: parametersOf(model, fit.coefficients),
      fit,
      residual: Math.sqrt(fit.ssr / degreesOfFreedom),
      degreesOfFreedom,
      criterion: criterion(fit.ssr, { points: abscissae.length, columns: k, noiseCv }),
    });
  }
  const lowest = Math.min(...fits.map((fit) => fit.criterion));
  const total = fits.reduce((sum, fit) => sum + likelihood(fit.criterion - lowest), 0);
  const candidates = fits.map((fit) => ({
    ...fit,
    weight: likelihood(fit.criterion - lowest) / total,
  }));
  const headline = candidates.find((fit) => fit.criterion <= lowest + 1e-9);
  return (
    headline && { abscissae, noiseCv, timeError: timeErrorOf(abscissae), candidates, headline }
  );
}

const timeErrorOf = (abscissae: readonly Abscissa[]): number =>
  largestOf(abscissae.flatMap(({ runs }) => runs.map(({ timeError }) => timeError ?? 0)));

/** IC = N' ln((SSR + nu0 s0^2) / N') + 2K + 2K(K+1)/(N'-K-1), N' = G + nu0, K = k + 1. */
export function criterion(
  ssr: number,
  design: { readonly points: number; readonly columns: number; readonly noiseCv: number },
): number {
  const n = design.points + PRIOR_POINTS;
  const parameters = design.columns + 1;
  const variance = (ssr + PRIOR_POINTS * design.noiseCv ** 2) / n;
  const correction = (2 * parameters * (parameters + 1)) / (n - parameters - 1);
  return n * Math.log(variance) + 2 * parameters + correction;
}

function likelihood(difference: number): number {
  return Math.exp(-difference / 2);
}

/** Every number that is predicted: the Akaike-weighted geometric mean of the candidates. */
export function averageSeconds(set: CandidateSet, point: Point): number {
  let logSum = 0;
  for (const { parameters, weight } of set.candidates) {
    logSum += weight * Math.log(modelSeconds(parameters, point));
  }
  return Math.exp(logSum);
}

/**
 * Envelope of the candidates' delta-method intervals: s^2 = (SSR + nu0 s0^2) / (G - k + nu0), t with
 * as many degrees of freedom, all columns of the candidate. It always contains the average.
 */
export function secondsEnvelope(
  set: CandidateSet,
  point: Point,
  options: { readonly level: number },
): Interval {
  const average = averageSeconds(set, point);
  let { low, high } = { low: average, high: average };
  for (const candidate of set.candidates) {
    if (candidate.weight < ENVELOPE_WEIGHT) continue;
    const middle = modelSeconds(candidate.parameters, point);
    const half = halfWidth(set, candidate, { point, middle, level: options.level });
    low = Math.min(low, middle * Math.exp(-half));
    high = Math.max(high, middle * Math.exp(half));
  }
  return { low, high };
}

function halfWidth(
  set: CandidateSet,
  candidate: CandidateFit,
  at: { readonly point: Point; readonly middle: number; readonly level: number },
): number {
  const { fit, degreesOfFreedom, model } = candidate;
  const freedom = degreesOfFreedom + PRIOR_POINTS;
  const variance = (fit.ssr + PRIOR_POINTS * set.noiseCv ** 2) / freedom;
  const design = dividedBy(columnsOf(TERMS[model], set.abscissae), fit.fitted);
  const gradient = designRow(model, at.point).map((value) => value / at.middle);
  const spread = leverage(design, gradient) ?? 0;
  return tQuantile((1 - at.level) / 2, freedom) * Math.sqrt(variance * spread);
}

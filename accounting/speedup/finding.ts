/**
 * What the data cannot carry, as codes with numbers (docs/speedup.md 1.3 step 7); the sentences are in
 * sentence.ts. `refused`: table, S, E and e(p) only. `caution`: numbers are given with a warning.
 */
import { largestOf } from '../numeric/extremes.ts';
import type { Abscissa } from './abscissa.ts';
import type { CandidateSet } from './candidates.ts';
import type { Mix } from './group.ts';

export type Finding =
  | { readonly code: 'NO_RUNS' }
  | { readonly code: 'THROTTLED'; readonly runs: number }
  | { readonly code: 'TOO_FEW_POINTS'; readonly points: number }
  | { readonly code: 'FEW_POINTS'; readonly points: number }
  | { readonly code: 'NO_BASE'; readonly leastRanks: number }
  | { readonly code: 'NARROW_RANGE'; readonly ratio: number }
  | {
      readonly code: 'SUPERLINEAR';
      /** P_a T_a over P_b T_b for the worst pair of rank counts. */
      readonly ratio: number;
      readonly fromRanks: number;
      readonly toRanks: number;
    }
  | { readonly code: 'LACK_OF_FIT'; readonly residual: number }
  | { readonly code: 'WEAK_FIT'; readonly residual: number }
  | { readonly code: 'NOT_FINITE' }
  | { readonly code: 'IN_NODE_DIFFERS'; readonly ranks: readonly number[] }
  | Mix;

/** The runs do not belong together. */
export const isMix = ({ code }: Finding): boolean => code.startsWith('MIXED_');

export type FindingCode = Finding['code'];

const CAUTIONS: ReadonlySet<FindingCode> = new Set(['FEW_POINTS', 'WEAK_FIT', 'IN_NODE_DIFFERS']);

export type Verdict = 'ok' | 'caution' | 'refused';

export function verdictOf(findings: readonly Finding[]): Verdict {
  if (findings.length === 0) return 'ok';
  return findings.every(({ code }) => CAUTIONS.has(code)) ? 'caution' : 'refused';
}

const LEAST_POINTS = 4;
const LEAST_RANGE = 4;
const LACK_OF_FIT = 0.1;
const WEAK_FIT = 0.05;

/** Findings on the points before anything is fitted. */
export function findingsOnPoints(
  abscissae: readonly Abscissa[],
  options: { readonly noiseCv: number; readonly throttled: number; readonly weak: boolean },
): readonly Finding[] {
  const [first] = abscissae;
  const last = abscissae.at(-1);
  const tooFew = abscissae.length < LEAST_POINTS - 1;
  const findings: Finding[] = [];
  if (!first || !last) findings.push({ code: 'NO_RUNS' });
  if (tooFew && options.throttled > 0) {
    findings.push({ code: 'THROTTLED', runs: options.throttled });
  }
  if (tooFew) findings.push({ code: 'TOO_FEW_POINTS', points: abscissae.length });
  if (!first || !last) return findings;
  if (tooFew && first.ranks > 1) findings.push({ code: 'NO_BASE', leastRanks: first.ranks });
  const ratio = last.equivalent / first.equivalent;
  if (!tooFew && ratio < LEAST_RANGE * (1 - 1e-9)) findings.push({ code: 'NARROW_RANGE', ratio });
  if (!options.weak) findings.push(...superlinear(abscissae, options.noiseCv));
  if (abscissae.length === LEAST_POINTS - 1) findings.push({ code: 'FEW_POINTS', points: 3 });
  return findings;
}

/** Refused by the worst pair; named by the first rank count that is about as bad (1 %). */
function superlinear(abscissae: readonly Abscissa[], noiseCv: number): readonly Finding[] {
  const worstTo: { ratio: number; fromRanks: number; toRanks: number }[] = [];
  for (const [index, b] of abscissae.entries()) {
    let worst = { ratio: 0, fromRanks: b.ranks, toRanks: b.ranks };
    for (const a of abscissae.slice(0, index)) {
      if (a.equivalent >= b.equivalent) continue;
      const ratio = (a.equivalent * a.seconds) / (b.equivalent * b.seconds);
      if (ratio > worst.ratio) worst = { ratio, fromRanks: a.ranks, toRanks: b.ranks };
    }
    worstTo.push(worst);
  }
  const ratio = largestOf(worstTo.map((worst) => worst.ratio));
  if (!(ratio > 1.05 + 2 * noiseCv)) return [];
  const first = worstTo.find((worst) => worst.ratio >= 0.99 * ratio);
  return first ? [{ code: 'SUPERLINEAR', ...first }] : [];
}

/** Findings on how well the winning model fits. */
export function findingsOnFit(set: CandidateSet | undefined): readonly Finding[] {
  if (!set) return [{ code: 'NOT_FINITE' }];
  const { residual, parameters } = set.headline;
  if (!Number.isFinite(residual) || !(parameters.t1S > 0)) return [{ code: 'NOT_FINITE' }];
  if (residual > LACK_OF_FIT) return [{ code: 'LACK_OF_FIT', residual }];
  return residual > WEAK_FIT ? [{ code: 'WEAK_FIT', residual }] : [];
}

/**
 * `piacct speedup` of one group of runs, whole: the algorithm piacct-ref-1 of docs/speedup.md 1.3. Pure and
 * deterministic; refuses (findings, no fit) when the runs cannot carry an answer.
 */
import { type Abscissa, abscissaeOf } from './abscissa.ts';
import {
  averageSeconds,
  type CandidateFit,
  type CandidateSet,
  DEFAULT_NOISE_CV,
  fitCandidates,
  type Interval,
} from './candidates.ts';
import {
  type Finding,
  findingsOnFit,
  findingsOnPoints,
  type Verdict,
  verdictOf,
} from './finding.ts';
import { type GroupKey, groupKey, mixesOf, subNodeRanks } from './group.ts';
import { type PointAt, pointFinder, type Search } from './landmarks.ts';
import { type Decomposition, meanDecomposition } from './decomposition.ts';
import { type MeasuredRow, measuredBase, measuredRow } from './measured.ts';
import type { ModelName } from './model.ts';
import { profileInterval } from './profile.ts';
import { meanPop } from './popEfficiency.ts';
import { type Prediction, predict } from './prediction.ts';
import { fitWeak, type WeakRow, type WeakScaling } from './weak.ts';
import { type ExcludedRun, type SpeedupRun, siftRuns } from './run.ts';
import { type Advice, adviceOf } from './advice.ts';
import { type EnergyAdvice, energyAdvice } from './energyAdvice.ts';
import type { PowerOptions } from '../energy.ts';

export const ALGORITHM = 'piacct-ref-1';
export const LEVEL = 0.95;

export type AnalyseOptions = {
  /** s0: usual run-to-run CV of the cluster; 3 % when it is not known. */
  readonly noiseCv?: number | undefined;
  /** Exponent of the cost-efficient rank count; 0.75 by default. */
  readonly targetEfficiency?: number | undefined;
  /** Rank counts to predict; one and a half and two times the largest measured by default. */
  readonly predictRanks?: readonly number[] | undefined;
  /** Of the boards; without them nothing is said of energy. */
  readonly power?: PowerOptions | undefined;
};

export type FittedParameter = { readonly value: number; readonly interval: Interval | undefined };

export type CandidateReport = {
  readonly model: ModelName;
  readonly t1S: number;
  readonly f: FittedParameter;
  readonly lambda: FittedParameter;
  readonly kappa: FittedParameter;
  readonly residual: number;
  readonly criterion: number;
  readonly weight: number;
};

export type ReportRow = MeasuredRow & {
  /** The averaged model at this point; undefined when refused. */
  readonly modelSpeedup: number | undefined;
  readonly modelSeconds: number | undefined;
  /** Of the instrumented runs at this point. */
  readonly decomposition: Decomposition | undefined;
  readonly pop: ReturnType<typeof meanPop>;
};

export type SpeedupAnalysis = {
  readonly algorithm: typeof ALGORITHM;
  readonly group: GroupKey;
  readonly verdict: Verdict;
  readonly findings: readonly Finding[];
  readonly usedRuns: readonly SpeedupRun[];
  readonly excluded: readonly ExcludedRun[];
  readonly rows: readonly ReportRow[];
  readonly bestMeasured: { readonly ranks: number; readonly seconds: number } | undefined;
  /** T1 of every S and E here; fitted (averaged) when there is a fit. */
  readonly t1S: number | undefined;
  readonly t1Measured: boolean;
  readonly candidates: readonly CandidateReport[];
  /** Lowest criterion of the candidates. */
  readonly fit: CandidateReport | undefined;
  readonly advice: Advice | undefined;
  readonly energy: EnergyAdvice | undefined;
  readonly predictions: readonly Prediction[];
  /** Instead of the strong fit, when the size grows with the ranks. */
  readonly weak: WeakScaling | undefined;
  /** For curves and further questions; undefined when refused. */
  readonly search: Search | undefined;
};

export function analyseSpeedup(
  runs: readonly SpeedupRun[],
  options: AnalyseOptions,
): SpeedupAnalysis {
  const noiseCv = options.noiseCv ?? DEFAULT_NOISE_CV;
  const { used, excluded } = siftRuns(runs);
  const group = groupKey(used);
  const subNode = subNodeRanks(used);
  const abscissae = abscissaeOf(used, { noiseCv });
  const throttled = excluded.filter(({ reason }) => reason === 'throttled').length;
  const before = [
    ...mixesOf(used),
    ...findingsOnPoints(abscissae, { noiseCv, throttled, weak: group.scaling === 'weak' }),
  ];
  const refused = verdictOf(before) === 'refused';
  const isWeak = group.scaling === 'weak';
  const strong = refused || isWeak ? undefined : fitPoints(abscissae, { noiseCv, subNode });
  const weak = refused || !isWeak ? undefined : fitWeak(abscissae, { noiseCv, level: LEVEL });
  const findings = [...before, ...(strong?.findings ?? []), ...(weak?.findings ?? [])];
  const set = verdictOf(findings) === 'refused' ? undefined : strong?.set;
  const base = measuredBase(abscissae);
  const search = set && searchOf(set, abscissae);
  const t1S = isWeak ? undefined : (search?.t1S ?? base);
  const few = findings.some(({ code }) => code === 'FEW_POINTS');
  const candidates = set ? set.candidates.map((fit) => reportOf(set, fit, { few })) : [];
  return {
    algorithm: ALGORITHM,
    group,
    verdict: verdictOf(findings),
    findings,
    usedRuns: used,
    excluded,
    rows: abscissae.map((abscissa, index) =>
      rowOf(abscissa, { t1S, search, subNode, weak: weak?.weak, index }),
    ),
    bestMeasured: isWeak ? undefined : bestOf(abscissae),
    t1S,
    t1Measured: base !== undefined,
    candidates,
    fit: candidates.find(({ model }) => model === set?.headline.model),
    advice: search && !few ? adviceOf(search, { ...options, level: LEVEL }) : undefined,
    energy: search && !few && options.power ? energyAdvice(search, used, options.power) : undefined,
    predictions: search ? predict(search, { ranks: options.predictRanks, level: LEVEL }) : [],
    weak: weak?.weak,
    search,
  };
}

type FittedPoints = {
  readonly set: CandidateSet | undefined;
  readonly findings: readonly Finding[];
};

/** With the points below one full node, or without them when only then the models fit. */
export function fitPoints(
  abscissae: readonly Abscissa[],
  options: { readonly noiseCv: number; readonly subNode: ReadonlySet<number> },
): FittedPoints {
  const set = fitCandidates(abscissae, options);
  const findings = findingsOnFit(set);
  const full = abscissae.filter(({ ranks }) => !options.subNode.has(ranks));
  if (findings.length === 0 || full.length === abscissae.length) return { set, findings };
  const without = { noiseCv: options.noiseCv, throttled: 0, weak: false };
  if (findingsOnPoints(full, without).length > 0) return { set, findings };
  const fullSet = fitCandidates(full, options);
  if (findingsOnFit(fullSet).length > 0) return { set, findings };
  return {
    set: fullSet,
    findings: [{ code: 'IN_NODE_DIFFERS', ranks: [...options.subNode].sort((a, b) => a - b) }],
  };
}

export function searchOf(set: CandidateSet, abscissae: readonly Abscissa[]): Search {
  const pointAt: PointAt = pointFinder(abscissae);
  const reference = { ranks: 1, equivalent: 1, serialWeight: 1 };
  const largest = Math.max(...abscissae.map(({ ranks }) => ranks));
  return {
    set,
    pointAt,
    t1S: averageSeconds(set, reference),
    largestRanks: largest,
    limitRanks: 2 * largest,
  };
}

/** Three points carry a point value of f and no interval. */
function reportOf(
  set: CandidateSet,
  candidate: CandidateFit,
  { few }: { readonly few: boolean },
): CandidateReport {
  const { parameters, model, residual, criterion, weight } = candidate;
  const parameter = (quantity: 'f' | 'lambda' | 'kappa'): FittedParameter => ({
    value: parameters[quantity],
    interval: few ? undefined : profileInterval(set, candidate, { quantity, level: LEVEL }),
  });
  return {
    model,
    t1S: parameters.t1S,
    f: parameter('f'),
    lambda: parameter('lambda'),
    kappa: parameter('kappa'),
    residual,
    criterion,
    weight,
  };
}

function rowOf(
  abscissa: Abscissa,
  at: {
    readonly t1S: number | undefined;
    readonly search: Search | undefined;
    readonly subNode: ReadonlySet<number>;
    readonly weak: WeakScaling | undefined;
    readonly index: number;
  },
): ReportRow {
  const measured = measuredRow(abscissa, {
    t1S: at.t1S,
    subNode: at.subNode.has(abscissa.ranks),
  });
  const weakRow = at.weak?.rows[at.index];
  if (at.weak && weakRow) return weakReportRow(measured, weakRow, at.weak);
  const modelSeconds = at.search && averageSeconds(at.search.set, abscissa);
  return {
    ...measured,
    modelSeconds,
    pop: at.t1S === undefined ? undefined : meanPop(abscissa.runs, at.t1S),
    decomposition: at.t1S === undefined ? undefined : meanDecomposition(abscissa.runs, at.t1S),
    modelSpeedup: at.search && modelSeconds ? at.search.t1S / modelSeconds : undefined,
  };
}

/** Of weak scaling the speedup is the scaled one and e(p) has no meaning. */
function weakReportRow(measured: MeasuredRow, row: WeakRow, weak: WeakScaling): ReportRow {
  const { efficiency, modelSeconds } = row;
  const modelSpeedup = (row.equivalent * weak.t1S) / modelSeconds;
  const scaled = { speedup: row.scaledSpeedup, efficiency, karpFlatt: undefined };
  return {
    ...measured,
    ...scaled,
    modelSeconds,
    modelSpeedup,
    decomposition: undefined,
    pop: undefined,
  };
}

function bestOf(abscissae: readonly Abscissa[]): SpeedupAnalysis['bestMeasured'] {
  const best = abscissae.reduce<Abscissa | undefined>(
    (least, abscissa) => (!least || abscissa.seconds < least.seconds ? abscissa : least),
    undefined,
  );
  return best && { ranks: best.ranks, seconds: best.seconds };
}

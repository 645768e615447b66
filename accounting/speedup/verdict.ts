/**
 * The verdict lines, in the grammar of docs/speedup.md 4.3: stable, so that scripts and tests may read them.
 * Every line carries an interval or the word "measured" or "extrapolated".
 */
import { equalSplitWaste } from './programWeights.ts';
import { slowNodes, throttledNodes } from './nodeHealth.ts';
import type { SpeedupAnalysis } from './analyse.ts';
import type { Interval } from './candidates.ts';
import type { EnergyAdvice } from './energyAdvice.ts';
import type { Landmark } from './landmarks.ts';
import type { WeakScaling } from './weak.ts';
import { remediesOf, sentenceOf } from './sentence.ts';

export type VerdictStyle = {
  /** Between the ends of an interval: an en dash, or a hyphen for plain terminals. */
  readonly dash: string;
};

export function verdictLines(analysis: SpeedupAnalysis, style: VerdictStyle): readonly string[] {
  const lines: string[] = [];
  const { fit, advice } = analysis;
  if (analysis.verdict === 'refused') lines.push(refusalLine(analysis));
  if (analysis.weak) lines.push(...weakLines(analysis.weak, style));
  if (fit) lines.push(serialLine(fit.f.value, fit.f.interval, style));
  if (advice) lines.push(ceilingLine(advice.ceiling, style));
  lines.push(...measuredLines(analysis));
  if (advice) {
    const { costEfficient, knee } = advice;
    const least = `min T·p^${costEfficient.exponent}, `;
    lines.push(`cost-efficient ${landmark(costEfficient, least)}`, `knee ${landmark(knee, '')}`);
    lines.push(peakLine(analysis, style));
  }
  if (analysis.energy) lines.push(energyLine(analysis.energy));
  for (const prediction of analysis.predictions) {
    if (prediction.kind === 'refused') {
      lines.push(
        `${prediction.ranks} ranks: not predicted (limit ${prediction.limitRanks} = 2x largest measured)`,
      );
    } else {
      const { ranks, seconds, interval, extrapolated } = prediction;
      const range = `[${significant(interval.low)}${style.dash}${significant(interval.high)}]`;
      const word = extrapolated ? ' extrapolated' : '';
      lines.push(`${ranks} ranks: ${significant(seconds)} s ${range}${word}`);
    }
  }
  const why = whyLine(analysis);
  if (why) lines.push(why);
  lines.push(...hardwareLines(analysis));
  for (const finding of analysis.findings) {
    if (analysis.verdict === 'caution')
      lines.push(`caution: ${finding.code} ${sentenceOf(finding)}`);
  }
  return lines;
}

/** Weak scaling has no serial fraction of its own: efficiency, scaled speedup, Gustafson's share. */
function weakLines(weak: WeakScaling, style: VerdictStyle): readonly string[] {
  const lines: string[] = [];
  const last = weak.rows.at(-1);
  if (last) {
    const efficiency = `${Math.round(100 * last.efficiency)}% efficient`;
    lines.push(`weak scaling: at ${last.ranks} ranks ${efficiency} (measured)`);
    lines.push(`scaled speedup ${significant(last.scaledSpeedup)}x (measured)`);
    if (last.gustafson !== undefined) {
      const share = Math.max(0, last.gustafson);
      lines.push(`Gustafson serial share ${percent(share)}% of the parallel run (measured)`);
    }
  }
  for (const { ranks, seconds, interval } of weak.predictions) {
    const range = `[${significant(interval.low)}${style.dash}${significant(interval.high)}]`;
    lines.push(`${ranks} ranks: ${significant(seconds)} s ${range} extrapolated`);
  }
  return lines;
}

/** Heat, slow nodes and equal splits on unequal boards: none of them is a serial fraction. */
export function hardwareLines({ usedRuns, excluded, rows }: SpeedupAnalysis): readonly string[] {
  const lines: string[] = [];
  const throttled = excluded.filter(({ reason }) => reason === 'throttled');
  if (throttled.length > 0) {
    const nodes = throttledNodes(throttled.map(({ run }) => run)).slice(0, 5);
    const named = nodes.map(({ node, runs }) => `${node} in ${runs}`).join(', ');
    const where = named === '' ? '' : `: ${named}`;
    const all = usedRuns.length + excluded.length;
    lines.push(
      `heat: ${throttled.length} of ${all} runs throttled and left out${where} (measured)`,
    );
  }
  for (const { node, ratio } of slowNodes(usedRuns).slice(0, 5)) {
    const slower = `${Math.round(100 * (ratio - 1))}% slower than other nodes`;
    lines.push(`slow node: ${node} does the same work ${slower} (measured)`);
  }
  const last = rows.at(-1);
  const weights = usedRuns.find(({ ranks }) => ranks === last?.ranks)?.weights;
  const waste = weights ? equalSplitWaste(weights) : 0;
  if (waste > 0.02) {
    lines.push(
      `an equal split wastes ${Math.round(100 * waste)}% of these boards; split by weight (measured)`,
    );
  }
  return lines;
}

export function refusalLine(analysis: SpeedupAnalysis): string {
  const reasons = analysis.findings.map((finding) => `${finding.code} ${sentenceOf(finding)}`);
  return `refused: ${reasons.join('; ')}; to fix: ${remediesOf(analysis).join('; ')}`;
}

/** A second place where the interval lies below 1 %. */
export function serialLine(f: number, interval: Interval | undefined, style: VerdictStyle): string {
  const places = (interval?.high ?? f) < 0.01 ? 2 : 1;
  const shown = (share: number): string => (100 * share).toFixed(places);
  const value = `serial fraction ${shown(f)}%`;
  if (!interval) return `${value} (point value, no interval)`;
  return `${value} [${shown(interval.low)}${style.dash}${shown(interval.high)}]`;
}

export function ceilingLine(
  ceiling: {
    readonly speedup: number | undefined;
    readonly low: number | undefined;
    readonly high: number | undefined;
  },
  style: VerdictStyle,
): string {
  const { speedup, low, high } = ceiling;
  if (speedup !== undefined && low !== undefined && high !== undefined) {
    return `ceiling ${times(speedup)}x [${times(low)}${style.dash}${times(high)}]`;
  }
  return low === undefined ? 'ceiling not seen (measured)' : `ceiling at least ${times(low)}x`;
}

function measuredLines({ bestMeasured, rows, weak }: SpeedupAnalysis): readonly string[] {
  const lines: string[] = [];
  const last = rows.at(-1);
  if (last?.efficiency !== undefined && !weak) {
    lines.push(`at ${last.ranks} ranks ${Math.round(100 * last.efficiency)}% efficient (measured)`);
  }
  if (bestMeasured) lines.push(`best measured ${bestMeasured.ranks}`);
  return lines;
}

/** `why: ...` for the largest rank count that was instrumented; undefined when none was. */
export function whyLine({ rows }: SpeedupAnalysis): string | undefined {
  const row = rows.findLast(({ decomposition }) => decomposition !== undefined);
  const parts = row?.decomposition;
  if (!row || !parts) return undefined;
  const points = (share: number): string => (100 * share).toFixed(1).replace(/^-0\.0$/, '0.0');
  const named = [
    parts.serial === undefined
      ? `serial and imbalance ${points(parts.imbalance)}`
      : `serial ${points(parts.serial)} + imbalance ${points(parts.imbalance)}`,
    `transfer ${points(parts.transfer)}`,
    `extra ${points(parts.extra)}`,
  ];
  if (Math.abs(parts.other) >= 0.0005) named.push(`start and end ${points(parts.other)}`);
  const sum = `why: at ${row.ranks} ranks e ${points(parts.e)}% = ${named.join(' + ')}`;
  return `${sum} (measured)`;
}

function landmark({ ranks, efficiency, atLimit }: Landmark, least: string): string {
  const name = atLimit ? `at least ${ranks}` : `${ranks}`;
  return `${name} (${least}E ${Math.round(100 * efficiency)}%)`;
}

function energyLine({ ranks, joules, nodes, atLimit }: EnergyAdvice): string {
  const name = atLimit ? `at least ${ranks}` : `${ranks}`;
  const powered = `${nodes} node${nodes === 1 ? '' : 's'} powered`;
  return `energy-optimal ${name} (${significant(joules / 3600)} Wh, ${powered}, modelled)`;
}

function peakLine({ advice, search }: SpeedupAnalysis, style: VerdictStyle): string {
  const peak = advice?.peak;
  if (!peak) return `no slowdown seen up to ${search?.largestRanks ?? 1}`;
  const high = Number.isFinite(peak.interval.high) ? `${Math.round(peak.interval.high)}` : '';
  const range = `[${Math.round(peak.interval.low)}${style.dash}${high}]`;
  return `more than ${peak.ranks} ranks slows down ${range}`;
}

/** One place below 10, none above. */
function times(value: number): string {
  if (value >= 1e6) return value.toExponential(1);
  return value < 9.95 ? value.toFixed(1) : value.toFixed(0);
}

/** A share in percent with one place: 4.0. */
function percent(share: number): string {
  return (100 * share).toFixed(1);
}

/** Two or three significant places without an exponent. */
export function significant(value: number): string {
  if (value >= 1e6 || value < 1e-4) return value.toExponential(1);
  if (value >= 99.5) return value.toFixed(0);
  if (value >= 9.95) return value.toFixed(value >= 30 ? 0 : 1);
  return value >= 0.995 ? value.toFixed(2) : value.toPrecision(2);
}

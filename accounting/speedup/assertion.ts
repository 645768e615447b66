/**
 * `--assert 'efficiency(16)>=0.6'`: a gate for continuous integration. Grammar:
 *   assertion  = comparison { "and" comparison }
 *   comparison = quantity (">=" | "<=" | ">" | "<") number ["%" | "x" | "s"]
 *   quantity   = ("efficiency" | "speedup" | "seconds") "(" ranks ")"
 *              | "f" | "ceiling" | "knee" | "peak" | "best" | "residual"
 * At a measured rank count the measured value counts, elsewhere the prediction.
 */
import type { SpeedupAnalysis } from './analyse.ts';
import { LEVEL } from './analyse.ts';
import { predictAt } from './prediction.ts';

type Quantity =
  | { readonly name: 'efficiency' | 'speedup' | 'seconds'; readonly ranks: number }
  | { readonly name: 'f' | 'ceiling' | 'knee' | 'peak' | 'best' | 'residual' };

type Operator = '>=' | '<=' | '>' | '<';

export type Comparison = {
  readonly text: string;
  readonly quantity: Quantity;
  readonly operator: Operator;
  readonly bound: number;
};

export type ReadAssertion =
  | { readonly ok: true; readonly value: readonly Comparison[] }
  | { readonly ok: false; readonly message: string; readonly at: number };

export type Checked = {
  readonly text: string;
  readonly outcome: 'holds' | 'fails' | 'unknown';
  readonly value: number | undefined;
  readonly measured: boolean;
};

const COMPARISON =
  /^\s*(?:(efficiency|speedup|seconds|time)\s*\(\s*(\d+)\s*\)|(f|ceiling|knee|peak|best|residual))\s*(>=|<=|>|<)\s*(\d*\.?\d+(?:e[-+]?\d+)?)\s*(%|x|s)?\s*$/i;

export function readAssertion(text: string): ReadAssertion {
  const comparisons: Comparison[] = [];
  let start = 0;
  for (const joint of text.matchAll(/\band\b|&&|$/g)) {
    const part = text.slice(start, joint.index);
    const found = COMPARISON.exec(part);
    const place = start + (part.length - part.trimStart().length);
    if (!found) {
      const message = `not a comparison '${part.trim()}' (such as efficiency(16)>=0.6, f<5%, ceiling>=20)`;
      return { ok: false, message, at: place };
    }
    const ranks = Number(found[2] ?? 1);
    if (ranks < 1) return { ok: false, message: `0 ranks in '${part.trim()}'`, at: place };
    comparisons.push({
      text: part.trim(),
      quantity: quantityOf(found[1], found[3], ranks),
      operator: operatorOf(found[4]),
      bound: Number(found[5]) / (found[6] === '%' ? 100 : 1),
    });
    start = joint.index + joint[0].length;
  }
  return { ok: true, value: comparisons };
}

function quantityOf(call: string | undefined, name: string | undefined, ranks: number): Quantity {
  switch ((call ?? name ?? '').toLowerCase()) {
    case 'efficiency':
      return { name: 'efficiency', ranks };
    case 'speedup':
      return { name: 'speedup', ranks };
    case 'seconds':
    case 'time':
      return { name: 'seconds', ranks };
    case 'ceiling':
      return { name: 'ceiling' };
    case 'knee':
      return { name: 'knee' };
    case 'peak':
      return { name: 'peak' };
    case 'best':
      return { name: 'best' };
    case 'residual':
      return { name: 'residual' };
    default:
      return { name: 'f' };
  }
}

function operatorOf(text: string | undefined): Operator {
  return text === '<=' || text === '>' || text === '<' ? text : '>=';
}

/** `unknown` when refused or beyond the extrapolation limit: the gate must not pass on that. */
export function checkAssertion(
  analysis: SpeedupAnalysis,
  assertion: readonly Comparison[],
): readonly Checked[] {
  return assertion.map(({ text, quantity, operator, bound }) => {
    const { value, measured } = valueOf(analysis, quantity);
    if (value === undefined) return { text, outcome: 'unknown', value, measured };
    return { text, outcome: compare(value, operator, bound) ? 'holds' : 'fails', value, measured };
  });
}

function compare(value: number, operator: Operator, bound: number): boolean {
  if (operator === '>=') return value >= bound;
  if (operator === '<=') return value <= bound;
  return operator === '>' ? value > bound : value < bound;
}

type Value = { readonly value: number | undefined; readonly measured: boolean };

function valueOf(analysis: SpeedupAnalysis, quantity: Quantity): Value {
  const { fit, advice, search } = analysis;
  switch (quantity.name) {
    case 'f':
      return { value: fit?.f.value, measured: false };
    case 'residual':
      return { value: fit?.residual, measured: false };
    case 'best':
      return { value: analysis.bestMeasured?.ranks, measured: true };
    case 'knee':
      return { value: advice?.knee.ranks, measured: false };
    case 'peak':
      return { value: advice && (advice.peak?.ranks ?? Number.POSITIVE_INFINITY), measured: false };
    case 'ceiling':
      return {
        value: advice && (advice.ceiling.speedup ?? Number.POSITIVE_INFINITY),
        measured: false,
      };
    default: {
      const row = analysis.rows.find(({ ranks }) => ranks === quantity.ranks);
      if (row?.[quantity.name] !== undefined) return { value: row[quantity.name], measured: true };
      const predicted = search && predictAt(search, { ranks: quantity.ranks, level: LEVEL });
      const value = predicted?.kind === 'predicted' ? predicted[quantity.name] : undefined;
      return { value, measured: false };
    }
  }
}

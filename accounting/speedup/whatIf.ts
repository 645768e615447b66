/**
 * `--what-if f=.02,p=32`: the winning model with some of its numbers changed, beside what it says now.
 * Answers "what would it bring to halve the serial part", not "what will happen": no interval.
 */
import type { SpeedupAnalysis } from './analyse.ts';
import { type ModelParameters, modelSeconds } from './model.ts';

export type Change = {
  readonly f?: number;
  readonly lambda?: number;
  readonly kappa?: number;
  readonly t1S?: number;
  readonly ranks?: number;
};

export type ReadChange =
  | { readonly ok: true; readonly value: Change }
  | { readonly ok: false; readonly message: string; readonly at: number };

const KEYS: Readonly<Record<string, keyof Change>> = {
  f: 'f',
  lambda: 'lambda',
  kappa: 'kappa',
  t1: 't1S',
  t1S: 't1S',
  p: 'ranks',
  ranks: 'ranks',
};

export function readChange(text: string): ReadChange {
  const change: { -readonly [K in keyof Change]: number } = {};
  let at = 0;
  for (const part of text.split(',')) {
    const found = /^\s*([a-z0-9A-Z]+)\s*=\s*(\d*\.?\d+(?:e[-+]?\d+)?)(%?)\s*$/i.exec(part);
    const key = KEYS[found?.[1] ?? ''];
    if (!found) return { ok: false, message: `not NAME=NUMBER: '${part.trim()}'`, at };
    if (!key)
      return { ok: false, message: `unknown '${found[1]}' (known: f lambda kappa t1 p)`, at };
    const value = Number(found[2]) / (found[3] === '%' ? 100 : 1);
    const wrong = wrongValue(key, value);
    if (wrong) return { ok: false, message: `${found[1]}=${found[2]}${found[3]} ${wrong}`, at };
    change[key] = value;
    at += part.length + 1;
  }
  return { ok: true, value: change };
}

function wrongValue(key: keyof Change, value: number): string | undefined {
  if (key === 'f' && value > 1) return 'is above 1 (a share of the work)';
  if (key === 't1S' && value <= 0) return 'is not above 0';
  if (key === 'ranks' && (!Number.isInteger(value) || value < 1)) {
    return 'is not a whole number above 0';
  }
  return Number.isFinite(value) ? undefined : 'is not finite';
}

export type Supposed = {
  readonly ranks: number;
  readonly seconds: number;
  readonly speedup: number;
  readonly efficiency: number;
  /** 1/f; undefined without serial work. */
  readonly ceiling: number | undefined;
};

export type WhatIf = { readonly now: Supposed; readonly supposed: Supposed };

/** Undefined when the analysis has no fit. */
export function whatIf(analysis: SpeedupAnalysis, change: Change): WhatIf | undefined {
  const { search } = analysis;
  if (!search) return undefined;
  const { parameters } = search.set.headline;
  const ranks = change.ranks ?? search.largestRanks;
  const suppose = (supposed: ModelParameters): Supposed => {
    const point = search.pointAt(ranks);
    const seconds = modelSeconds(supposed, point);
    const speedup = supposed.t1S / seconds;
    const ceiling = supposed.f > 0 ? point.serialWeight / supposed.f : undefined;
    return { ranks, seconds, speedup, efficiency: speedup / point.equivalent, ceiling };
  };
  const changed: ModelParameters = {
    t1S: change.t1S ?? parameters.t1S,
    f: change.f ?? parameters.f,
    lambda: change.lambda ?? parameters.lambda,
    kappa: change.kappa ?? parameters.kappa,
  };
  return { now: suppose(parameters), supposed: suppose(changed) };
}

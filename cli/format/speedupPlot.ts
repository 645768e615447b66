/**
 * The log2 plot under the speedup table: measured points, the averaged model with its band, the ideal
 * line, the ceiling, the knee and the peak. Empty when there are fewer than two points.
 */
import type { SpeedupAnalysis } from '../../accounting/speedup/analyse.ts';
import { averageSeconds, secondsEnvelope } from '../../accounting/speedup/candidates.ts';
import type { Search } from '../../accounting/speedup/landmarks.ts';
import { wrapItems } from './wrap.ts';
import {
  BAND,
  CEILING,
  IDEAL,
  KNEE,
  MEASURED,
  PEAK,
  type PlotFrame,
  type PlotLayer,
  plotLog2,
} from './plot.ts';

const LINES = 14;
const MOST_COLUMNS = 72;

export function speedupPlot(
  analysis: SpeedupAnalysis,
  style: { readonly cells: number; readonly ascii: boolean },
): string {
  const points = analysis.rows.flatMap(({ equivalent, speedup }) =>
    speedup !== undefined && speedup > 0 ? [{ x: equivalent, y: speedup }] : [],
  );
  const [first] = points;
  const last = points.at(-1);
  if (!first || !last || first.x === last.x) return '';
  const { search } = analysis;
  const to = search ? search.pointAt(search.limitRanks).equivalent : last.x;
  const frame: PlotFrame = {
    columns: Math.max(20, Math.min(MOST_COLUMNS, style.cells - 8)),
    lines: LINES,
    x: { from: Math.min(1, first.x), to },
    y: { from: Math.min(1, ...points.map(({ y }) => y)), to },
    ascii: style.ascii,
  };
  const layers: PlotLayer[] = [];
  if (search) layers.push(bandOf(search));
  layers.push({ kind: 'curve', at: (p) => p, ascii: IDEAL.ascii });
  if (search) layers.push(...modelLayers(analysis, search));
  layers.push({ kind: 'marks', points, mark: MEASURED });
  return `\n${plotLog2(frame, layers)}${legend(analysis, style)}`;
}

/** The plot's x is P; the models are asked at the rank count that has it. */
function ranksAt(search: Search, equivalent: number): number {
  const { equivalent: most } = search.pointAt(search.limitRanks);
  let [low, high] = [0, search.limitRanks];
  if (equivalent >= most) return search.limitRanks;
  for (let step = 0; step < 40; step++) {
    const middle = (low + high) / 2;
    if (search.pointAt(middle).equivalent < equivalent) low = middle;
    else high = middle;
  }
  return high;
}

function bandOf(search: Search): PlotLayer {
  const interval = (x: number) =>
    secondsEnvelope(search.set, search.pointAt(ranksAt(search, x)), { level: 0.95 });
  return {
    kind: 'band',
    low: (x) => search.t1S / interval(x).high,
    high: (x) => search.t1S / interval(x).low,
  };
}

function modelLayers(analysis: SpeedupAnalysis, search: Search): PlotLayer[] {
  const at = (ranks: number): number =>
    search.t1S / averageSeconds(search.set, search.pointAt(ranks));
  const layers: PlotLayer[] = [];
  const { advice } = analysis;
  if (advice?.ceiling.speedup !== undefined) {
    layers.push({ kind: 'horizontal', y: advice.ceiling.speedup, mark: CEILING });
  }
  if (advice && !advice.knee.atLimit) {
    layers.push({ kind: 'vertical', x: search.pointAt(advice.knee.ranks).equivalent, mark: KNEE });
  }
  layers.push({ kind: 'curve', at: (x) => at(ranksAt(search, x)), ascii: '*' });
  if (advice?.peak) {
    const x = search.pointAt(advice.peak.ranks).equivalent;
    layers.push({ kind: 'marks', points: [{ x, y: at(advice.peak.ranks) }], mark: PEAK });
  }
  return layers;
}

function legend(
  analysis: SpeedupAnalysis,
  style: { readonly cells: number; readonly ascii: boolean },
): string {
  const { ascii } = style;
  const { advice, search } = analysis;
  const sign = (mark: { unicode: string; ascii: string }): string =>
    ascii ? mark.ascii : mark.unicode;
  const items = [`${sign(MEASURED)} measured`, `${ascii ? IDEAL.ascii : '⠉⠒⠤'} ideal`];
  if (search) items[1] = ascii ? '/ ideal  * model' : 'dotted: ideal (upper) and model';
  if (search) items.push(`${sign(BAND)} 95% band`);
  if (advice?.ceiling.speedup !== undefined) items.push(`${sign(CEILING)} ceiling`);
  if (advice && !advice.knee.atLimit) items.push(`${sign(KNEE)} knee`);
  if (advice?.peak) items.push(`${sign(PEAK)} peak`);
  return wrapItems(items, { cells: style.cells, gap: '  ', label: 'speedup against ranks:  ' });
}

/**
 * Speedup against ranks (log2 both ways) and efficiency against ranks (log2, linear) as SVG: measured
 * points with their spread, the averaged model and its band, ideal, ceiling, knee, peak, first full node.
 */
import type { SpeedupAnalysis } from '../../accounting/speedup/analyse.ts';
import { averageSeconds, secondsEnvelope } from '../../accounting/speedup/candidates.ts';
import type { Search } from '../../accounting/speedup/landmarks.ts';
import {
  element,
  linearScale,
  logScale,
  pathOf,
  picture,
  powerTicks,
  type Range,
  type Scale,
  textAt,
} from './svg.ts';

export const PLOT_WIDTH = 480;
export const PLOT_HEIGHT = 340;
const MARGIN = { left: 56, right: 16, top: 14, bottom: 50 };
const STEPS = 96;

export type CurveKind = 'speedup' | 'efficiency';

export function curvePlot(analysis: SpeedupAnalysis, kind: CurveKind): string {
  const points = analysis.rows.flatMap(({ equivalent, cv, runs, ...row }) => {
    const value = row[kind];
    return value === undefined ? [] : [{ x: equivalent, y: value, cv, runs }];
  });
  const first = points[0];
  const last = points.at(-1);
  if (!first || !last) return '';
  const { search } = analysis;
  const reach = search ? search.pointAt(search.limitRanks).equivalent : last.x;
  const domain = { from: Math.min(1, first.x), to: Math.max(reach, 2 * first.x) };
  const frame = frameOf(kind, domain, Math.max(...points.map(({ y }) => y)));
  const layers = [
    grid(frame, kind),
    ...(search ? modelLayers(analysis, search, { frame, kind }) : []),
    ideal(frame, kind),
    ...points.map((point) => measuredPoint(frame, point)),
  ];
  const title = kind === 'speedup' ? 'Speedup against ranks' : 'Efficiency against ranks';
  const last2 = `${points.length} measured points, ${domain.from} to ${last.x} processors`;
  const size = { width: PLOT_WIDTH, height: PLOT_HEIGHT };
  return picture(size, { id: kind, title, description: last2 }, layers.join(''));
}

export type LegendEntry = readonly [colour: string, name: string];

/** Colours are those of the plots' style sheet. */
export function curveLegend(analysis: SpeedupAnalysis, kind: CurveKind): readonly LegendEntry[] {
  const { advice, search, group } = analysis;
  const entries: LegendEntry[] = [['measured', 'measured']];
  if (search) entries.push(['model', 'model with 95 % band']);
  entries.push(['ideal', 'ideal']);
  if (advice && !advice.knee.atLimit) entries.push(['knee', `knee ${advice.knee.ranks}`]);
  const full = /^packed (\d+)/.exec(group.placement ?? '')?.[1];
  if (full !== undefined) entries.push(['soft', `one full node, ${full} ranks (dotted)`]);
  if (kind === 'efficiency') return entries;
  if (advice?.peak) entries.push(['model', `fewest time ${advice.peak.ranks} (triangle)`]);
  const ceiling = advice?.ceiling.speedup;
  if (ceiling !== undefined) entries.push(['ceiling', `ceiling ${ceiling.toFixed(0)}x`]);
  return entries;
}

type Frame = {
  readonly x: Scale;
  readonly y: Scale;
  readonly domain: Range;
  readonly values: Range;
};

function frameOf(kind: CurveKind, domain: Range, highest: number): Frame {
  const across = { from: MARGIN.left, to: PLOT_WIDTH - MARGIN.right };
  const upwards = { from: PLOT_HEIGHT - MARGIN.bottom, to: MARGIN.top };
  if (kind === 'speedup') {
    const values = { from: Math.min(1, domain.from), to: Math.max(domain.to, highest) };
    return { x: logScale(domain, across), y: logScale(values, upwards), domain, values };
  }
  const values = { from: 0, to: Math.max(1, Math.ceil(10 * highest) / 10) };
  return { x: logScale(domain, across), y: linearScale(values, upwards), domain, values };
}

function grid({ x, y, domain, values }: Frame, kind: CurveKind): string {
  const right = PLOT_WIDTH - MARGIN.right;
  const bottom = PLOT_HEIGHT - MARGIN.bottom;
  const marks: string[] = [];
  const percents = Array.from({ length: Math.floor(values.to * 5 + 1e-9) + 1 }, (_, i) => i / 5);
  for (const tick of kind === 'speedup' ? powerTicks(values, 9) : percents.slice(0, 12)) {
    const at = y(tick);
    const name = kind === 'speedup' ? String(tick) : `${Math.round(100 * tick)}%`;
    marks.push(element('line', { class: 'grid', x1: MARGIN.left, x2: right, y1: at, y2: at }));
    marks.push(textAt({ x: MARGIN.left - 8, y: at + 4, anchor: 'end', className: 'soft' }, name));
  }
  for (const tick of powerTicks(domain, 9)) {
    const at = x(tick);
    marks.push(element('line', { class: 'grid', x1: at, x2: at, y1: MARGIN.top, y2: bottom }));
    const place = { x: at, y: bottom + 20, anchor: 'middle', className: 'soft' } as const;
    marks.push(textAt(place, String(tick)));
  }
  const middle = (MARGIN.left + right) / 2;
  marks.push(
    textAt({ x: middle, y: PLOT_HEIGHT - 7, anchor: 'middle' }, 'ranks (equivalent processors)'),
  );
  return marks.join('');
}

function ideal({ x, y, domain, values }: Frame, kind: CurveKind): string {
  const end = kind === 'speedup' ? Math.min(domain.to, values.to) : domain.to;
  const height = (p: number): number => y(kind === 'speedup' ? p : 1);
  const points = [domain.from, end].map((p): readonly [number, number] => [x(p), height(p)]);
  return element('path', { class: 'ideal', d: pathOf(points) });
}

function measuredPoint(
  { x, y }: Frame,
  point: { readonly x: number; readonly y: number; readonly cv: number | undefined },
): string {
  const at = x(point.x);
  const spread = point.cv ?? 0;
  const ends = { y1: y(point.y * (1 + spread)), y2: y(point.y / (1 + spread)) };
  const bar = spread > 0 ? element('line', { class: 'bar', x1: at, x2: at, ...ends }) : '';
  return bar + element('circle', { class: 'measured', cx: at, cy: y(point.y), r: 5 });
}

function modelLayers(
  analysis: SpeedupAnalysis,
  search: Search,
  { frame, kind }: { readonly frame: Frame; readonly kind: CurveKind },
): string[] {
  const { x, y, values } = frame;
  const samples = Array.from({ length: STEPS + 1 }, (_, step) => {
    const ranks = search.limitRanks ** (step / STEPS);
    const point = search.pointAt(ranks);
    const scale = kind === 'speedup' ? 1 : 1 / point.equivalent;
    const value = (seconds: number): number => (scale * search.t1S) / seconds;
    const interval = secondsEnvelope(search.set, point, { level: 0.95 });
    const at = x(point.equivalent);
    const height = (v: number): number => y(Math.min(values.to, Math.max(values.from, v)));
    return {
      middle: [at, height(value(averageSeconds(search.set, point)))] as const,
      low: [at, height(value(interval.high))] as const,
      high: [at, height(value(interval.low))] as const,
    };
  });
  const outline = [
    ...samples.map(({ high }) => high),
    ...samples.map(({ low }) => low).toReversed(),
  ];
  const layers = [element('path', { class: 'band', d: `${pathOf(outline)}Z` })];
  layers.push(...landmarkLayers(analysis, search, { frame, kind }));
  layers.push(element('path', { class: 'model', d: pathOf(samples.map(({ middle }) => middle)) }));
  return layers;
}

function landmarkLayers(
  { advice, group }: SpeedupAnalysis,
  search: Search,
  { frame, kind }: { readonly frame: Frame; readonly kind: CurveKind },
): string[] {
  const { x, y, values, domain } = frame;
  const vertical = (className: string, at: number): string =>
    element('line', {
      class: className,
      x1: at,
      x2: at,
      y1: MARGIN.top,
      y2: PLOT_HEIGHT - MARGIN.bottom,
    });
  const layers: string[] = [];
  const ceiling = advice?.ceiling.speedup;
  if (
    kind === 'speedup' &&
    ceiling !== undefined &&
    ceiling <= values.to &&
    ceiling >= values.from
  ) {
    const at = y(ceiling);
    const across = { x1: MARGIN.left, x2: PLOT_WIDTH - MARGIN.right, y1: at, y2: at };
    layers.push(element('line', { class: 'ceiling', ...across }));
  }
  if (advice && !advice.knee.atLimit) {
    layers.push(vertical('knee', x(search.pointAt(advice.knee.ranks).equivalent)));
  }
  const full = Number(/^packed (\d+)/.exec(group.placement ?? '')?.[1] ?? 0);
  if (full > 1 && full < domain.to) layers.push(vertical('node', x(full)));
  if (advice?.peak && kind === 'speedup') {
    const at = [
      x(search.pointAt(advice.peak.ranks).equivalent),
      y(search.t1S / advice.peak.seconds),
    ] as const;
    const [left, top] = at;
    const triangle = [
      [left - 6, top - 16],
      [left + 6, top - 16],
      [left, top - 6],
    ] as const;
    layers.push(element('path', { class: 'peak', d: `${pathOf(triangle)}Z` }));
  }
  return layers;
}

/**
 * Where the core-time went: one bar per rank count, useful work below and the parts of the identity
 * above it (docs/speedup.md 2.3), as shares of P T. And the strip of one run: useful seconds of every rank.
 */
import type { ReportRow, SpeedupAnalysis } from '../../accounting/speedup/analyse.ts';
import { PLOT_HEIGHT, PLOT_WIDTH } from './curvePlot.ts';
import { element, linearScale, picture, textAt } from './svg.ts';

export const LOSS_PARTS = ['useful', 'serial', 'imbalance', 'transfer', 'extra', 'other'] as const;
export type LossPart = (typeof LOSS_PARTS)[number];

const MARGIN = { left: 56, right: 16, top: 14, bottom: 50 };

/** Shares of P T of one row; undefined when the row was not instrumented. */
export function lossShares(row: ReportRow): Readonly<Record<LossPart, number>> | undefined {
  const { decomposition: parts, efficiency, equivalent, serialWeight } = row;
  if (!parts || efficiency === undefined) return undefined;
  // e's parts are shares of D = (P/w0 - 1) T1, and T1 = E P T.
  const scale = (equivalent / serialWeight - 1) * efficiency;
  const share = (part: number | undefined): number => Math.max(0, (part ?? 0) * scale);
  return {
    useful: Math.min(1, efficiency),
    serial: share(parts.serial),
    imbalance: share(parts.imbalance),
    transfer: share(parts.transfer),
    extra: share(parts.extra),
    other: share(parts.other),
  };
}

/** A part that no bar has is not worth a legend. */
export const shownParts = ({ rows }: SpeedupAnalysis): readonly LossPart[] =>
  LOSS_PARTS.filter((part) => rows.some((row) => (lossShares(row)?.[part] ?? 0) >= LEAST_SHARE));
const LEAST_SHARE = 1e-4;

/** Without segments serial work and imbalance cannot be told apart. */
export const isSplit = ({ rows }: SpeedupAnalysis): boolean =>
  rows.some(({ decomposition }) => decomposition?.serial !== undefined);

export function lossPlot(analysis: SpeedupAnalysis): string {
  const bars = analysis.rows.flatMap((row) => {
    const shares = lossShares(row);
    return shares ? [{ ranks: row.ranks, shares }] : [];
  });
  if (bars.length === 0) return '';
  const bottom = PLOT_HEIGHT - MARGIN.bottom;
  const y = linearScale({ from: 0, to: 1 }, { from: bottom, to: MARGIN.top });
  const slot = (PLOT_WIDTH - MARGIN.left - MARGIN.right) / bars.length;
  const drawn = bars.map(({ ranks, shares }, index) => {
    const left = MARGIN.left + (index + 0.15) * slot;
    let sum = 0;
    const pieces = LOSS_PARTS.map((part) => {
      const from = Math.min(1, sum);
      sum += shares[part];
      const to = Math.min(1, sum);
      if (to - from < LEAST_SHARE) return '';
      const place = { x: left, y: y(to), width: 0.7 * slot, height: y(from) - y(to) };
      return element('rect', { class: `part-${part}`, ...place });
    });
    const middle = left + 0.35 * slot;
    const label = textAt(
      { x: middle, y: bottom + 20, anchor: 'middle', className: 'soft' },
      String(ranks),
    );
    return pieces.join('') + label;
  });
  const words = {
    id: 'loss',
    title: 'Where the core-time went',
    description: `Useful work and lost core-time by cause at ${bars.length} rank counts`,
  };
  const body = axis(y, 'core-time') + drawn.join('') + xTitle('ranks');
  return picture({ width: PLOT_WIDTH, height: PLOT_HEIGHT }, words, body);
}

function axis(y: (value: number) => number, label: string): string {
  const lines = [0, 0.25, 0.5, 0.75, 1].map((share) => {
    const at = y(share);
    const line = { x1: MARGIN.left, x2: PLOT_WIDTH - MARGIN.right, y1: at, y2: at };
    const place = { x: MARGIN.left - 8, y: at + 4, anchor: 'end', className: 'soft' } as const;
    return element('line', { class: 'grid', ...line }) + textAt(place, `${100 * share}%`);
  });
  return element('g', { 'aria-label': label }, lines.join(''));
}

function xTitle(text: string): string {
  const middle = (MARGIN.left + PLOT_WIDTH - MARGIN.right) / 2;
  return textAt({ x: middle, y: PLOT_HEIGHT - 7, anchor: 'middle' }, text);
}

const MOST_RANKS = 256;

/** Useful share of the time of every rank, of the least efficient instrumented run. */
export function rankStrip(analysis: SpeedupAnalysis): string {
  const runs = analysis.usedRuns.filter(
    ({ useful, ranks }) => useful?.length === ranks && ranks > 1,
  );
  const share = (run: (typeof runs)[number]): number =>
    (run.useful ?? []).reduce((sum, seconds) => sum + seconds, 0) / (run.ranks * run.seconds);
  const worst = runs.reduce<(typeof runs)[number] | undefined>(
    (least, run) => (!least || share(run) < share(least) ? run : least),
    undefined,
  );
  if (!worst || worst.ranks > MOST_RANKS) return '';
  const bottom = PLOT_HEIGHT - MARGIN.bottom;
  const y = linearScale({ from: 0, to: 1 }, { from: bottom, to: MARGIN.top });
  const slot = (PLOT_WIDTH - MARGIN.left - MARGIN.right) / worst.ranks;
  // Ten labels of three digits still fit on a telephone.
  const every = Math.ceil(worst.ranks / 10);
  const bars = (worst.useful ?? []).map((seconds, rank) => {
    const used = Math.min(1, Math.max(0, seconds / worst.seconds));
    const left = MARGIN.left + (rank + 0.1) * slot;
    const width = 0.8 * slot;
    const label = {
      x: left + width / 2,
      y: bottom + 20,
      anchor: 'middle',
      className: 'soft',
    } as const;
    return [
      element('rect', {
        class: 'part-transfer',
        x: left,
        y: MARGIN.top,
        width,
        height: y(used) - MARGIN.top,
      }),
      element('rect', {
        class: 'part-useful',
        x: left,
        y: y(used),
        width,
        height: bottom - y(used),
      }),
      rank % every === 0 ? textAt(label, String(rank)) : '',
    ].join('');
  });
  const words = {
    id: 'ranks',
    title: `Useful and blocked time of every rank of run ${worst.id}`,
    description: `${worst.ranks} ranks; the useful share of each below, blocked or waiting above`,
  };
  const body = axis(y, 'time') + bars.join('') + xTitle(`rank (run ${worst.id})`);
  return picture({ width: PLOT_WIDTH, height: PLOT_HEIGHT }, words, body);
}

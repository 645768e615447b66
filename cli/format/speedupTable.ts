/** The table of `piacct speedup`: one line per rank count, narrower by dropping columns. */
import type { ReportRow, SpeedupAnalysis } from '../../accounting/speedup/analyse.ts';
import { type Column, formatTable } from './table.ts';

const NONE = '-';

export function speedupTable(
  analysis: SpeedupAnalysis,
  style: { readonly cells: number | undefined; readonly ascii: boolean },
): string {
  return formatTable(columnsFor(analysis.rows, style.ascii), analysis.rows, {
    cells: style.cells,
    gap: '  ',
  });
}

function columnsFor(rows: readonly ReportRow[], ascii: boolean): readonly Column<ReportRow>[] {
  const some = (has: (row: ReportRow) => boolean): boolean => rows.some(has);
  const columns: (Column<ReportRow> | undefined)[] = [
    column('ranks', (row) => `${row.ranks}${row.subNode ? (ascii ? '+' : '‡') : ''}`),
    some(isWeighted) ? column('P', (row) => row.equivalent.toFixed(2), 30) : undefined,
    column('runs', (row) => `${row.runs}${row.outliers.length > 0 ? '!' : ''}`, 20),
    column('time', (row) => secondsText(row.seconds)),
    column(ascii ? '+-CV' : '±CV', (row) => percentText(row.cv, 1), 70),
    column('speedup', (row) => number(row.speedup, 2)),
    column('effic', (row) => percentText(row.efficiency, 0)),
    column('model', (row) => number(row.modelSpeedup, 2), 60),
    column('e(p)', (row) => serialText(row.karpFlatt)),
    column('rank-h', (row) => number(row.rankHours, 3), 80),
    some((row) => row.wattHours !== undefined)
      ? column('Wh', (row) => number(row.wattHours, 2), 90)
      : undefined,
  ];
  if (some((row) => row.decomposition !== undefined)) {
    columns.push(
      column('serial', (row) => points(row.decomposition?.serial), 50),
      column('imbal', (row) => points(row.decomposition?.imbalance), 50),
      column('comm', (row) => points(row.decomposition?.transfer), 50),
      column('extra', (row) => points(row.decomposition?.extra), 50),
    );
    if (some((row) => Math.abs(row.decomposition?.other ?? 0) >= 0.0005)) {
      columns.push(column('ends', (row) => points(row.decomposition?.other), 50));
    }
  }
  return columns.filter((kept) => kept !== undefined);
}

function column(title: string, text: (row: ReportRow) => string, drop?: number): Column<ReportRow> {
  return { title, text, align: 'right', ...(drop === undefined ? {} : { drop }) };
}

function isWeighted(row: ReportRow): boolean {
  return Math.abs(row.equivalent - row.ranks) > 1e-9;
}

export function secondsText(seconds: number): string {
  if (seconds < 1e-5) return `${seconds.toExponential(2)}s`;
  if (seconds < 0.01) return `${(1000 * seconds).toPrecision(3)}ms`;
  if (seconds < 10) return `${seconds.toFixed(3)}s`;
  if (seconds >= 1e8) return `${seconds.toExponential(2)}s`;
  return `${seconds.toFixed(seconds < 100_000 ? 1 : 0)}s`;
}

function percentText(share: number | undefined, places: number): string {
  return share === undefined ? NONE : `${fixed(100 * share, places)}%`;
}

function points(share: number | undefined): string {
  return share === undefined ? NONE : fixed(100 * share, 1);
}

/** Karp and Flatt's number is a serial fraction: below 0 it only says "superlinear here". */
export function serialText(share: number | undefined): string {
  return share !== undefined && share < -0.0005 ? '<0' : number(share, 3);
}

function number(value: number | undefined, places: number): string {
  return value === undefined || !Number.isFinite(value) ? NONE : fixed(value, places);
}

/** Absurd numbers stay narrow, and there is no "-0.0". */
function fixed(value: number, places: number): string {
  if (Math.abs(value) >= 1e6) return value.toExponential(1);
  const text = value.toFixed(places);
  return /^-0(\.0*)?$/.test(text) ? text.slice(1) : text;
}

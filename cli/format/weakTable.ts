/** The table of `piacct speedup` for weak scaling: efficiency and scaled speedup per rank count. */
import type { WeakRow, WeakScaling } from '../../accounting/speedup/weak.ts';
import { secondsText } from './speedupTable.ts';
import { type Column, formatTable } from './table.ts';

const COLUMNS: readonly Column<WeakRow>[] = [
  { title: 'ranks', align: 'right', text: (row) => String(row.ranks) },
  { title: 'time', align: 'right', text: (row) => secondsText(row.seconds) },
  { title: 'model', align: 'right', drop: 1, text: (row) => secondsText(row.modelSeconds) },
  { title: 'effic', align: 'right', text: (row) => `${(100 * row.efficiency).toFixed(0)}%` },
  { title: 'scaled speedup', align: 'right', text: (row) => row.scaledSpeedup.toFixed(2) },
  {
    title: 'Gustafson s',
    align: 'right',
    text: (row) => (row.gustafson === undefined ? '-' : Math.max(0, row.gustafson).toFixed(3)),
  },
];

export function weakTable(
  weak: WeakScaling,
  style: { readonly cells: number | undefined },
): string {
  return formatTable(COLUMNS, weak.rows, { cells: style.cells, gap: '  ' });
}

/** `piacct speedup --csv`: the table, one line per rank count; empty cells where nothing is known. */
import type { ReportRow, SpeedupAnalysis } from './analyse.ts';

const COLUMNS: readonly (readonly [string, (row: ReportRow) => number | boolean | undefined])[] = [
  ['ranks', (row) => row.ranks],
  ['equivalent', (row) => row.equivalent],
  ['runs', (row) => row.runs],
  ['seconds', (row) => row.seconds],
  ['cv', (row) => row.cv],
  ['speedup', (row) => row.speedup],
  ['efficiency', (row) => row.efficiency],
  ['modelSeconds', (row) => row.modelSeconds],
  ['modelSpeedup', (row) => row.modelSpeedup],
  ['karpFlatt', (row) => row.karpFlatt],
  ['rankHours', (row) => row.rankHours],
  ['wattHours', (row) => row.wattHours],
  ['serial', (row) => row.decomposition?.serial],
  ['imbalance', (row) => row.decomposition?.imbalance],
  ['transfer', (row) => row.decomposition?.transfer],
  ['extra', (row) => row.decomposition?.extra],
  ['other', (row) => row.decomposition?.other],
  ['subNode', (row) => row.subNode],
];

export function speedupCsv(analysis: SpeedupAnalysis): string {
  const lines = analysis.rows.map((row) =>
    COLUMNS.map(([, value]) => {
      const cell = value(row);
      return cell === undefined || (typeof cell === 'number' && !Number.isFinite(cell))
        ? ''
        : String(cell);
    }).join(','),
  );
  return [COLUMNS.map(([name]) => name).join(','), ...lines].map((line) => `${line}\n`).join('');
}

/** What `pibatch sim` says of schedules: one row each, and the answer in words. */
import type { Score } from '../../scheduler/sim/score.ts';
import { formatBrief, formatElapsed } from '../format/duration.ts';
import { type Column, formatTable } from '../format/table.ts';

export type SimulationRow = Score & {
  /** Of the scheduler, or `recorded`. */
  readonly policy: string;
  /** Where more than one machine is compared. */
  readonly machine?: string;
};

const percent = (share: number): string => `${(100 * share).toFixed(1)}%`;
const duration = (seconds: number): string => formatElapsed(seconds * 1_000);

const COLUMNS: readonly Column<SimulationRow>[] = [
  { title: 'POLICY', text: ({ policy }) => policy },
  { title: 'ON', text: ({ machine }) => machine ?? '' },
  { title: 'JOBS', align: 'right', text: ({ jobs }) => String(jobs), drop: 5 },
  { title: 'WAIT', align: 'right', text: ({ meanWaitS }) => duration(meanWaitS) },
  { title: 'P95', align: 'right', text: ({ p95WaitS }) => duration(p95WaitS) },
  { title: 'MAX', align: 'right', text: ({ maxWaitS }) => duration(maxWaitS), drop: 3 },
  {
    title: 'SLOWDOWN',
    align: 'right',
    text: ({ meanBoundedSlowdown }) => meanBoundedSlowdown.toFixed(2),
  },
  {
    title: 'P95',
    align: 'right',
    text: ({ p95BoundedSlowdown }) => p95BoundedSlowdown.toFixed(2),
    drop: 4,
  },
  { title: 'USED', align: 'right', text: ({ utilisation }) => percent(utilisation) },
  {
    title: 'MAKESPAN',
    align: 'right',
    text: ({ makespanS }) => duration(makespanS),
    drop: 2,
  },
  { title: 'FAIRNESS', align: 'right', text: ({ fairness }) => fairness.toFixed(3), drop: 1 },
  { title: 'BACKFILLED', align: 'right', text: (row) => percent(row.backfilledShare), drop: 6 },
];

/** For scripts: the measures that every simulator has. */
export function jsonRow(row: SimulationRow): object {
  return Object.fromEntries(Object.entries(row).filter(([key]) => key !== 'fairness'));
}

export const waitText = (seconds: number): string =>
  seconds < 0.05 ? '0s' : formatBrief(seconds * 1_000);

/** One row a schedule, for people. */
export function simulationTable(rows: readonly SimulationRow[], cells: number | undefined): string {
  const named = rows.some(({ machine }) => machine !== undefined);
  const columns = COLUMNS.filter(({ title }) => named || title !== 'ON');
  return formatTable(columns, rows, { cells, gap: '  ' });
}

/** `easy on 8 nodes: mean wait 41m00s -> 12m00s, longest 5h00m -> 2h10m`, against the first row. */
export function answerInWords(rows: readonly SimulationRow[]): string {
  const [was, ...others] = rows;
  if (!was) return '';
  const change = (from: number, to: number): string => `${waitText(from)} -> ${waitText(to)}`;
  return others
    .map(
      ({ policy, machine, meanWaitS, maxWaitS }) =>
        `${policy} on ${machine ?? 'the same nodes'}: mean wait ${change(was.meanWaitS, meanWaitS)}, longest ${change(was.maxWaitS, maxWaitS)}\n`,
    )
    .join('');
}

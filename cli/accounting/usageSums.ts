/** `piacct report`: the scheduler's pages of sums, added up, and the energy of the boards that were held. */
import { partEnergy, type PowerOptions } from '../../accounting/energy.ts';
import type { Energy } from '../../accounting/usage.ts';
import { pibatch } from '../../proto/codec.ts';
import type { Session } from '../session.ts';

export type UsageRow = {
  readonly key: string;
  readonly jobs: number;
  readonly failed: number;
  readonly coreMs: number;
  readonly meanWaitMs: number | undefined;
  readonly longestWaitMs: number;
  readonly energy: KnownEnergy | undefined;
};

/** Of the parts whose energy is known; undefined joules where that is none. */
export type KnownEnergy = Energy & { readonly unmeasuredParts: number };

export type UsageReport = {
  /** Most core time first. */
  readonly rows: readonly UsageRow[];
  readonly total: UsageRow;
  /** Rows there are, also those that were not asked for. */
  readonly groups: number;
};

/** Errors: those of a session. */
export async function askUsage(
  session: Session,
  query: pibatch.GetUsage.$Properties,
  options: { readonly power: PowerOptions | undefined; readonly limit: number },
): Promise<UsageReport> {
  const { power, limit } = options;
  const sums = new Map<string, Sum>();
  let after: pibatch.UsageCursor.$Properties | null = null;
  do {
    const page: pibatch.UsageReport = await session.ask(
      'usage',
      [pibatch.GetUsage, { ...query, energy: power !== undefined, after }],
      pibatch.UsageReport,
    );
    for (const row of page.rows) addRow(sumOf(sums, row.key ?? ''), row);
    if (power) for (const use of page.boards) addBoard(sumOf(sums, use.key ?? ''), use, power);
    after = page.nextAfter ?? null;
  } while (after);
  return summary(sums, limit);
}

export function summary(sums: ReadonlyMap<string, Sum>, limit: number): UsageReport {
  const all = newSum('total');
  for (const sum of sums.values()) addSum(all, sum);
  const rows = [...sums.values()].sort(
    (a, b) => b.coreMs - a.coreMs || (a.key < b.key ? -1 : a.key > b.key ? 1 : 0),
  );
  return {
    rows: rows.slice(0, limit).map(rowOf),
    total: rowOf(all),
    groups: rows.length,
  };
}

export type Sum = {
  readonly key: string;
  jobs: number;
  failed: number;
  coreMs: number;
  waitMs: number;
  started: number;
  longestWaitMs: number;
  joules: number;
  readonly hows: Set<Energy['how']>;
  unmeasuredParts: number;
};

const newSum = (key: string): Sum => ({
  key,
  jobs: 0,
  failed: 0,
  coreMs: 0,
  waitMs: 0,
  started: 0,
  longestWaitMs: 0,
  joules: 0,
  hows: new Set(),
  unmeasuredParts: 0,
});

function sumOf(sums: Map<string, Sum>, key: string): Sum {
  const sum = sums.get(key) ?? newSum(key);
  sums.set(key, sum);
  return sum;
}

export function addRow(sum: Sum, row: pibatch.UsageRow.$Properties): void {
  sum.jobs += row.jobs ?? 0;
  sum.failed += row.failed ?? 0;
  sum.coreMs += row.coreMs ?? 0;
  sum.waitMs += row.waitMs ?? 0;
  sum.started += row.started ?? 0;
  sum.longestWaitMs = Math.max(sum.longestWaitMs, row.longestWaitMs ?? 0);
}

/** The model is a sum over parts, so parts of one size on one model of board count as one long one. */
export function addBoard(sum: Sum, use: pibatch.BoardUse.$Properties, power: PowerOptions): void {
  const [cores, heldMs, cpuMs] = [use.cores ?? 0, use.heldMs ?? 0, use.cpuMs ?? 0];
  sum.unmeasuredParts += use.unmeasured ?? 0;
  if (use.how === 'metered' || use.how === 'pmic') {
    sum.joules += use.joules ?? 0;
    sum.hows.add(use.how);
  }
  if (heldMs === 0) return;
  const part = { node: '', cores, startMs: 0, endMs: heldMs, cpuMs, ranks: [] };
  const energy = partEnergy({ ...part, nodeModel: use.model ?? '' }, power);
  if (!energy) sum.unmeasuredParts += 1;
  else {
    sum.joules += energy.joules;
    sum.hows.add(energy.how);
  }
}

function addSum(all: Sum, sum: Sum): void {
  addRow(all, sum);
  all.joules += sum.joules;
  for (const how of sum.hows) all.hows.add(how);
  all.unmeasuredParts += sum.unmeasuredParts;
}

const HOWS = ['modelled', 'pmic', 'metered'] as const;

function rowOf({ waitMs, started, joules, hows, unmeasuredParts, ...sum }: Sum): UsageRow {
  const weakest = HOWS.find((how) => hows.has(how));
  return {
    ...sum,
    meanWaitMs: started === 0 ? undefined : Math.round(waitMs / started),
    energy: weakest && { joules, how: weakest, unmeasuredParts },
  };
}

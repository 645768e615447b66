/**
 * Which runs may be fitted together (docs/speedup.md 1.2). Runs of one program differ in version, size,
 * placement, board mix and threads; each difference needs a fit of its own, so a pool that mixes
 * them is refused and offered as separate groups.
 */
import { largestOf, leastOf } from '../numeric/extremes.ts';
import { pointOf } from './abscissa.ts';
import type { SpeedupRun } from './run.ts';

export type MixCode =
  | 'MIXED_APP'
  | 'MIXED_VERSION'
  | 'MIXED_SIZE'
  | 'MIXED_PLACEMENT'
  | 'MIXED_MODEL'
  | 'MIXED_THREADS';

export type Mix = { readonly code: MixCode; readonly values: readonly string[] };

export type GroupKey = {
  readonly app: string | undefined;
  readonly version: string | undefined;
  readonly size: number | string | undefined;
  /** `packed 4/node`, `1/node`, `mixed`, or undefined when no run says. */
  readonly placement: string | undefined;
  readonly model: string | undefined;
  readonly threadsPerRank: number | undefined;
  /** Strong: the size is constant. Weak: size / P is constant within 5 %. */
  readonly scaling: 'strong' | 'weak';
};

const WEAK_TOLERANCE = 0.05;

export function scalingOf(runs: readonly SpeedupRun[]): 'strong' | 'weak' {
  const shares: number[] = [];
  for (const run of runs) {
    if (typeof run.size !== 'number' || !(run.size > 0)) return 'strong';
    shares.push(run.size / pointOf(run).equivalent);
  }
  if (new Set(runs.map((run) => run.size)).size < 2) return 'strong';
  const spread = largestOf(shares) / leastOf(shares);
  return spread <= (1 + WEAK_TOLERANCE) / (1 - WEAK_TOLERANCE) ? 'weak' : 'strong';
}

export function groupKey(runs: readonly SpeedupRun[]): GroupKey {
  const scaling = scalingOf(runs);
  return {
    app: shared(runs.map((run) => run.app)),
    version: shared(runs.map((run) => run.version)),
    size: scaling === 'strong' ? shared(runs.map((run) => run.size)) : undefined,
    placement: placementOf(runs),
    model: shared(runs.map((run) => run.model)),
    threadsPerRank: shared(runs.map((run) => run.threadsPerRank)),
    scaling,
  };
}

/** What keeps the runs from being fitted together; empty when nothing does. */
export function mixesOf(runs: readonly SpeedupRun[]): readonly Mix[] {
  const mixes: Mix[] = [];
  const check = (code: MixCode, values: readonly (string | undefined)[]): void => {
    const known = [...new Set(values.filter((value) => value !== undefined))].sort();
    if (known.length > 1) mixes.push({ code, values: known });
  };
  check(
    'MIXED_APP',
    runs.map((run) => run.app),
  );
  check(
    'MIXED_VERSION',
    runs.map((run) => run.version),
  );
  if (scalingOf(runs) === 'strong')
    check(
      'MIXED_SIZE',
      runs.map((run) => text(run.size)),
    );
  if (placementOf(runs) === 'mixed') check('MIXED_PLACEMENT', runs.map(layoutOf));
  const weighted = runs.every((run) => run.weights !== undefined);
  if (!weighted)
    check(
      'MIXED_MODEL',
      runs.map((run) => run.model),
    );
  check(
    'MIXED_THREADS',
    runs.map((run) => text(run.threadsPerRank)),
  );
  return mixes;
}

/** Ranks on a full node: given, or what the number of nodes implies. */
export function ranksPerNodeOf(run: SpeedupRun): number | undefined {
  if (run.ranksPerNode !== undefined) return run.ranksPerNode;
  return run.nodes === undefined ? undefined : Math.ceil(run.ranks / run.nodes);
}

/** `4 nodes x 4`, as the user sees it; undefined when the run does not say. */
export function layoutOf(run: SpeedupRun): string | undefined {
  const perNode = ranksPerNodeOf(run);
  if (perNode === undefined) return undefined;
  return nodesOf(run, perNode) === 1 ? undefined : `${perNode}/node`;
}

/**
 * One policy places all runs when every run fills nodes to the same number of ranks, except that
 * runs smaller than a node lie on one node; or when every run is spread over the same nodes.
 */
export function placementOf(runs: readonly SpeedupRun[]): string | undefined {
  const known: { readonly ranks: number; readonly nodes: number; readonly perNode: number }[] = [];
  for (const run of runs) {
    const perNode = ranksPerNodeOf(run);
    if (perNode === undefined) continue;
    known.push({ ranks: run.ranks, nodes: nodesOf(run, perNode), perNode });
  }
  if (known.length === 0) return undefined;
  const full = largestOf(known.map(({ ranks, perNode }) => Math.min(ranks, perNode)));
  if (known.every(({ ranks, nodes }) => nodes === Math.ceil(ranks / full))) {
    return full === 1 ? '1/node' : `packed ${full}/node`;
  }
  const most = largestOf(known.map(({ nodes }) => nodes));
  const spread = known.every(({ ranks, nodes }) => nodes === Math.min(ranks, most));
  return spread ? `spread over ${most} nodes` : 'mixed';
}

function nodesOf(run: SpeedupRun, perNode: number): number {
  return run.nodes ?? Math.ceil(run.ranks / perNode);
}

/** Runs smaller than one full node: another memory bandwidth per rank (docs/speedup.md 1.2). */
export function subNodeRanks(runs: readonly SpeedupRun[]): ReadonlySet<number> {
  const placement = /^packed (\d+)\/node$/.exec(placementOf(runs) ?? '');
  const full = Number(placement?.[1] ?? 1);
  if (!runs.some((run) => run.ranks > full)) return new Set();
  return new Set(runs.map((run) => run.ranks).filter((ranks) => ranks < full));
}

/**
 * Separate fits for a pool that mixes: by app, version, threads and model, then by size (unless the
 * size grows with the ranks: weak scaling stays together), then by placement.
 */
export function splitRuns(runs: readonly SpeedupRun[]): readonly (readonly SpeedupRun[])[] {
  const programs = splitBy(runs, (run) =>
    JSON.stringify([run.app, run.version, run.threadsPerRank, run.weights ? '' : run.model]),
  );
  return programs
    .flatMap((program) =>
      scalingOf(program) === 'weak'
        ? [program]
        : splitBy(program, ({ size }) => JSON.stringify(size ?? null)),
    )
    .flatMap(splitByPlacement);
}

/** In the order in which the keys first appear. */
function splitBy(
  runs: readonly SpeedupRun[],
  keyOf: (run: SpeedupRun) => string,
): readonly (readonly SpeedupRun[])[] {
  const groups = new Map<string, SpeedupRun[]>();
  for (const run of runs) {
    const key = keyOf(run);
    const group = groups.get(key);
    if (group) group.push(run);
    else groups.set(key, [run]);
  }
  return [...groups.values()];
}

/** Runs on one node belong to every placement. */
function splitByPlacement(runs: readonly SpeedupRun[]): readonly (readonly SpeedupRun[])[] {
  if (placementOf(runs) !== 'mixed') return [runs];
  const layouts = [...new Set(runs.map(layoutOf))].filter((layout) => layout !== undefined).sort();
  return layouts.map((layout) =>
    runs.filter((run) => {
      const own = layoutOf(run);
      const fits = run.ranks <= Number.parseInt(layout, 10) || run.ranks === 1;
      return own === layout || (own === undefined && fits);
    }),
  );
}

function text(value: number | string | undefined): string | undefined {
  return value === undefined ? undefined : String(value);
}

function shared<T>(values: readonly (T | undefined)[]): T | undefined {
  const [first] = values;
  return values.every((value) => value === first) ? first : undefined;
}

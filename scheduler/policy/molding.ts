/**
 * How many ranks a moldable job gets. With a model of its run time: the count of least wait + run that
 * is efficient enough, less being enough the more of the cluster others wait for (docs/speedup.md 4.4).
 * Without one: as many as can start now, else the fewest as early as can be (Slurm's way with
 * `--nodes=2-8`). A job that goes on from a checkpoint has the ranks it had.
 */
import { chooseRanks, pointsWithin } from '../../accounting/speedup/moldable.ts';
import type { MoldableChoice } from '../../accounting/speedup/moldable.ts';
import type { Demand } from '../model/demand.ts';
import { demandAt, demandOf, leastRanks } from '../model/demand.ts';
import type { Job } from '../model/job.ts';
import type { RankChoice } from '../model/rankChoice.ts';
import type { JobRequest } from '../model/request.ts';
import type { Allows, Spot } from './availability.ts';
import { fitsNow } from './availability.ts';
import type { Pass } from './pass.ts';
import { earliestSpot } from './search.ts';

/** A job at one count of ranks; `choice` for moldable jobs alone. */
export type Molded = { readonly demand: Demand; readonly choice?: RankChoice };

type Range = { readonly least: number; readonly most: number };

const rangeOf = (request: JobRequest): Range | undefined =>
  request.ranksRange && { least: leastRanks(request), most: request.ranksRange.most };

export const isMoldable = ({ request }: Job): boolean => request.ranksRange !== undefined;

/** A waiting job as it would be with the ranks for which it waits. */
export const withChoice = (job: Job, choice: RankChoice | undefined): Job =>
  choice ? { ...job, request: demandAt(job.request, choice.ranks).request } : job;

/** At the count at which it is to start now, if it has room at all. */
export function moldedNow(pass: Pass, job: Job, allows: Allows): Molded {
  const { request, curve, checkpoint } = job;
  const range = rangeOf(request);
  if (!range) return { demand: demandOf(request) };
  if (checkpoint) return asBefore(job);
  const fits = (ranks: number): boolean => {
    const demand = demandAt(request, ranks);
    return allows(demand.cores) && fitsNow(pass.at, demand);
  };
  const waitMsFor = (ranks: number): number => (fits(ranks) ? 0 : Infinity);
  const chosen = curve && chooseRanks(curve, range, stateOf(pass, job, waitMsFor));
  if (chosen) return moldedBy(job, chosen);
  return molded(job, mostThatFits(pass, range, { request, fits }) ?? range.least);
}

/** The same, weighing later starts: those after `untilMs` are none. */
export function moldedSpot(
  pass: Pass,
  job: Job,
  { allows, untilMs }: { readonly allows: Allows; readonly untilMs: number },
): Molded & { readonly spot: Spot } {
  const { request, curve, checkpoint } = job;
  const at = (one: Molded): Molded & { readonly spot: Spot } => ({
    ...one,
    spot: spotOf(pass, one.demand),
  });
  const range = rangeOf(request);
  if (!range) return at({ demand: demandOf(request) });
  if (checkpoint) return at(asBefore(job));
  if (!curve || pointsWithin(curve, range).length === 0) return at(moldedNow(pass, job, allows));
  const waitMsFor = (ranks: number): number => {
    const demand = demandAt(request, ranks);
    if (!allows(demand.cores)) return Infinity;
    const { startMs } = spotOf(pass, demand);
    return startMs > untilMs ? Infinity : startMs - pass.atMs;
  };
  const chosen = chooseRanks(curve, range, stateOf(pass, job, waitMsFor));
  return at(chosen ? moldedBy(job, chosen) : molded(job, range.least));
}

function spotOf(pass: Pass, demand: Demand): Spot {
  const spot = earliestSpot(pass.at, demand, pass.bounds.earliest(demand, pass.atMs));
  pass.bounds.found(demand, spot.startMs);
  pass.boundsUsed = true;
  return spot;
}

const molded = ({ request }: Job, ranks: number): Molded => ({
  demand: demandAt(request, ranks),
  choice: { ranks, reason: 'mostNow' },
});

const asBefore = ({ request }: Job): Molded => ({
  demand: demandAt(request, request.ranks),
  choice: { ranks: request.ranks, reason: 'checkpoint' },
});

function moldedBy({ request, curve }: Job, found: MoldableChoice): Molded {
  const { ranks, reason, leastEfficiency, chosen } = found;
  const demand = demandAt(request, ranks);
  if (!chosen || !curve) return { demand, choice: { ranks, reason } };
  const { runMs, waitMs, efficiency } = chosen;
  const model = { runMs, waitMs, efficiency, leastEfficiency, runs: curve.runs };
  return { demand, choice: { ranks, reason, model } };
}

const stateOf = (pass: Pass, { request }: Job, waitMsFor: (ranks: number) => number) => ({
  pressure: pressureWithout(pass, demandOf(request).cores),
  limitMs: request.timeLimitMs,
  waitMsFor,
});

/** What others wait for, of the cores that take work; thousandths, at most 1000. */
function pressureWithout(pass: Pass, ownCores: number): number {
  const { view, at } = pass;
  const cores = at.pool.nodes.reduce((sum, { coreCount }) => sum + coreCount, 0);
  pass.waitingCores ??= coresWaitedFor(view, 2 * cores);
  const others = Math.max(0, pass.waitingCores - ownCores);
  return cores === 0 ? 0 : Math.min(1000, Math.round((1000 * others) / cores));
}

/** By the ready jobs, each at its least; counted no further than `most`. */
function coresWaitedFor({ lookup, jobs }: Pass['view'], most: number): number {
  let sum = 0;
  for (const id of lookup.ready) {
    const job = jobs.get(id);
    if (job) sum += demandOf(job.request).cores * Math.max(1, job.pendingTasks.length);
    if (sum >= most) break;
  }
  return sum;
}

/** By halving: what has no room at some count is taken to have none at more. */
function mostThatFits(
  { at }: Pass,
  { least, most }: Range,
  { request, fits }: { readonly request: JobRequest; fits(ranks: number): boolean },
): number | undefined {
  let high = Math.min(most, Math.floor(at.freeCores / request.coresPerRank));
  if (high < least) return undefined;
  if (fits(high)) return high;
  if (!fits(least)) return undefined;
  let low = least;
  while (low < high - 1) {
    const middle = (low + high) >> 1;
    if (fits(middle)) low = middle;
    else high = middle;
  }
  return low;
}

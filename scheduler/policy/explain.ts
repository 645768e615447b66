/**
 * Why a job waits: one rule, who blocks it, and one change after which it would start now. Every
 * answer comes from the predicates of the plan; a suggestion is a plan that was really made.
 */
import type { ClusterView } from '../model/cluster.ts';
import type { JobId, NodeName } from '../model/ids.ts';
import type { Job } from '../model/job.ts';
import { demandAt, leastRanks } from '../model/demand.ts';
import type { RankChoice } from '../model/rankChoice.ts';
import type { Lack, PendingReason } from '../model/reason.ts';
import type { JobRequest } from '../model/request.ts';
import { HOUR_MS, MINUTE_MS } from '../model/time.ts';
import type { TimeMs } from '../model/time.ts';
import { blockingReason, type Left } from './blocking.ts';
import { shapesWith } from './candidates.ts';
import { largestRanks } from './largest.ts';
import { createLicenses } from './licenses.ts';
import { createLimiter } from './limiter.ts';
import { withChoice } from './molding.ts';
import { ranksThatFit } from './placement.ts';
import { createPool } from './pool.ts';
import { plan } from './plan.ts';
import { isLack, pendingReason } from './reason.ts';
import { traitsOf } from './suitability.ts';
import { arrayOf } from './throttle.ts';

export type Suggestion =
  | { readonly kind: 'release' }
  /** Submitted with this many ranks, or this time limit, it would start now. */
  | { readonly kind: 'ranks'; readonly ranks: number }
  | { readonly kind: 'time'; readonly timeLimitMs: number }
  /** The largest that the cluster could ever hold. */
  | { readonly kind: 'largest'; readonly ranks: number }
  | { readonly kind: 'resumeNodes'; readonly nodes: readonly NodeName[] }
  | { readonly kind: 'raiseThrottle'; readonly limit: number };

export type Explanation = {
  readonly reason: PendingReason;
  /** Oldest first, at most `MOST_BLOCKERS`. */
  readonly blockers: readonly number[];
  readonly startMs: TimeMs | undefined;
  readonly suggestion: Suggestion | undefined;
  /** Of a moldable job: the ranks with which it is to start then. */
  readonly choice?: RankChoice;
};

const MOST_BLOCKERS = 10;
/** A queue longer than this is not planned anew only to suggest something. */
const LONGEST_QUEUE = 2_000;
const SHORTER_MS: readonly number[] = [24, 12, 8, 4, 2, 1]
  .map((hours) => hours * HOUR_MS)
  .concat([30, 15, 5].map((minutes) => minutes * MINUTE_MS));

/** Undefined when the job is not pending. */
export function explain(view: ClusterView, id: JobId, atMs: TimeMs): Explanation | undefined {
  const job = view.jobs.get(id);
  if (job?.state.kind !== 'pending') return undefined;
  const reason = ruleFor(view, job, atMs);
  const { planned } = view.lookup;
  const choice = planned.stale ? undefined : planned.choices?.get(id);
  return {
    reason,
    blockers: blockersOf(view, job, reason).slice(0, MOST_BLOCKERS),
    startMs: planned.stale ? undefined : planned.starts.get(id),
    suggestion: suggest(view, job, { reason, atMs }),
    ...(choice && { choice }),
  };
}

/** The recorded reason, but for a ready job what holds at this moment. */
function ruleFor(view: ClusterView, job: Job, atMs: TimeMs): PendingReason {
  const limiter = createLimiter(view, atMs);
  const recorded = pendingReason(view, job.id, limiter) ?? { kind: 'None' };
  const { ready } = view.lookup;
  if (recorded.kind !== 'None' && recorded.kind !== 'Priority' && !isLack(recorded))
    return recorded;
  const full = limiter.limited(job);
  if (full) return full;
  const choice = view.lookup.planned.choices?.get(job.id);
  const lacking = blockingReason(view, withChoice(job, choice), leftFor(view, job, atMs));
  if (recorded.kind !== 'Priority' || ready[0] === job.id) return lacking;
  if (lacking.kind === 'Resources') return lacking.lack ? lacking : recorded;
  if (lacking.kind !== 'Reservation' || lacking.how === 'asked') return lacking;
  if (ready.length > LONGEST_QUEUE) return recorded;
  const unreserved = { ...view, reservations: new Map() };
  return wouldStart(unreserved, job, { atMs, change: {} }) ? lacking : recorded;
}

/** Without the licenses that others were promised. */
function leftFor(view: ClusterView, job: Job, atMs: TimeMs): Left {
  const licenses = createLicenses(view, atMs);
  const { starts, choices, stale } = view.lookup.planned;
  for (const [id, fromMs] of job.request.licenses && !stale ? starts : []) {
    const other = view.jobs.get(id);
    if (!other?.request.licenses || id === job.id || other.state.kind !== 'pending') continue;
    const demand = demandAt(other.request, choices?.get(id)?.ranks ?? leastRanks(other.request));
    licenses.change(demand, { fromMs, toMs: fromMs + demand.durationMs }, -1);
  }
  return { atMs, pool: createPool(view), licenses };
}

function blockersOf(view: ClusterView, job: Job, reason: PendingReason): readonly number[] {
  switch (reason.kind) {
    case 'Dependency': {
      const terms = job.waitsFor?.terms ?? [];
      return terms.flatMap((term) => (term.kind === 'singleton' ? [] : [term.job]));
    }
    case 'JobArrayTaskLimit': {
      const array = arrayOf(job);
      const tasks = array === undefined ? undefined : view.lookup.tasks.get(array);
      return [...(tasks ?? [])].filter((task) => view.lookup.active.has(task)).sort(ascending);
    }
    case 'Priority':
      return view.lookup.ready.slice(0, reason.ahead);
    case 'Licenses':
      return [...(reason.ahead ? view.lookup.planned.starts.keys() : view.lookup.active)]
        .filter((id) => id !== job.id)
        .sort(ascending)
        .filter((id) => {
          const wished = view.jobs.get(id)?.request.licenses ?? [];
          return wished.some(({ name }) => name === reason.license);
        });
    case 'Resources':
      return [...view.lookup.active].sort(ascending).filter((id) => holds(view, id, reason.lack));
    default:
      return [];
  }
}

/** Whether it has some of what is lacking; every running job has cores and memory. */
function holds(view: ClusterView, id: JobId, lack: Lack | undefined): boolean {
  const job = view.jobs.get(id);
  if (!lack || job?.state.kind !== 'active') return job !== undefined;
  if (lack.of === 'gres') return job.request.gres?.some(({ name }) => name === lack.name) ?? false;
  return job.state.attempt.parts.some(({ node, state }) => {
    const known = view.nodes.get(node);
    return state.kind !== 'ended' && known && traitsOf(view, known).features.has(lack.name);
  });
}

const ascending = (a: number, b: number): number => a - b;

const RELEASED_BY_HAND: ReadonlySet<PendingReason['kind']> = new Set([
  'JobHeldUser',
  'JobHeldRestored',
  'JobHoldMaxRequeue',
]);

function suggest(
  view: ClusterView,
  job: Job,
  { reason, atMs }: { readonly reason: PendingReason; readonly atMs: TimeMs },
): Suggestion | undefined {
  if (RELEASED_BY_HAND.has(reason.kind)) {
    return { kind: 'release' };
  }
  if (reason.kind === 'JobArrayTaskLimit')
    return { kind: 'raiseThrottle', limit: reason.limit + 1 };
  if (reason.kind === 'Licenses') return undefined;
  if (reason.kind !== 'Priority' && !isLack(reason)) return undefined;
  const largest = largestRanks(view, job.request);
  if (largest < leastRanks(job.request))
    return largest > 0 ? { kind: 'largest', ranks: largest } : undefined;
  if (reason.kind === 'Reservation' && reason.how === 'asked') return undefined;
  return before(view, job, { reason, atMs }) ?? smaller(view, job, atMs) ?? undrained(view, reason);
}

/** With the whole minutes that are left before the reservation begins. */
function before(
  view: ClusterView,
  job: Job,
  { reason, atMs }: { readonly reason: PendingReason; readonly atMs: TimeMs },
): Suggestion | undefined {
  if (reason.kind !== 'Reservation' || reason.how !== 'ahead') return undefined;
  if (view.lookup.ready.length > LONGEST_QUEUE) return undefined;
  const timeLimitMs = Math.floor((reason.fromMs - atMs) / MINUTE_MS) * MINUTE_MS;
  if (timeLimitMs === 0) return undefined;
  const starts = wouldStart(view, job, { atMs, change: { timeLimitMs } });
  return starts ? { kind: 'time', timeLimitMs } : undefined;
}

function smaller(view: ClusterView, job: Job, atMs: TimeMs): Suggestion | undefined {
  if (view.lookup.ready.length > LONGEST_QUEUE) return undefined;
  const { request } = job;
  let ranks = 0;
  const pool = createPool(view);
  for (const node of pool.open()) {
    const { cores, memoryBytes } = pool.free(node);
    ranks += ranksThatFit(request, cores.length, memoryBytes);
  }
  if (ranks >= leastRanks(request)) {
    const limitMs = request.timeLimitMs || Infinity;
    for (const timeLimitMs of SHORTER_MS) {
      if (timeLimitMs >= limitMs) continue;
      if (wouldStart(view, job, { atMs, change: { timeLimitMs } }))
        return { kind: 'time', timeLimitMs };
    }
  }
  const fewer = Math.min(ranks, request.ranks - 1);
  if (fewer < 1 || request.ranksRange) return undefined;
  const starts = wouldStart(view, job, { atMs, change: { ranks: fewer } });
  return starts ? { kind: 'ranks', ranks: fewer } : undefined;
}

/** Plans once more, with the job as it might have been. */
function wouldStart(
  view: ClusterView,
  job: Job,
  { atMs, change }: { readonly atMs: TimeMs; readonly change: Partial<JobRequest> },
): boolean {
  const { lookup } = view;
  const altered = { ...job, request: { ...job.request, ...change } };
  const jobs = new Map(view.jobs).set(job.id, altered);
  const shapes = shapesWith(view, altered);
  const starts = new Map(lookup.planned.starts);
  starts.delete(job.id);
  const unseen = new Set(lookup.unseen).add(job.id);
  const changed = {
    ...view,
    jobs,
    lookup: { ...lookup, shapes, unseen, planned: { starts, stale: true } },
  };
  return plan(changed, atMs).placements.some((placement) => placement.job === job.id);
}

function undrained(view: ClusterView, reason: PendingReason): Suggestion | undefined {
  if (reason.kind !== 'ReqNodeNotAvail') return undefined;
  const drained = [...view.nodes.values()].filter(
    ({ name, drains }) => drains.length > 0 && reason.nodes.includes(name),
  );
  return drained.length > 0
    ? { kind: 'resumeNodes', nodes: drained.map(({ name }) => name) }
    : undefined;
}

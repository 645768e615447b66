/** How well a schedule served its users: the usual measures, over all jobs, nothing cut off. */
import type { TraceJob } from './swf.ts';

export type Score = {
  readonly jobs: number;
  readonly meanWaitS: number;
  readonly p95WaitS: number;
  readonly maxWaitS: number;
  readonly meanBoundedSlowdown: number;
  readonly p95BoundedSlowdown: number;
  readonly utilisation: number;
  readonly makespanS: number;
  readonly backfilledShare: number;
  /**
   * Jain's index over the users' mean bounded slowdowns: 1 when all are served alike, 1/n when
   * one of n users bears all the waiting.
   */
  readonly fairness: number;
};

export type StartedJob = {
  readonly job: TraceJob;
  readonly startS: number;
  /** Started while a job submitted before it waited. */
  readonly backfilled: boolean;
};

/** Short jobs count as this long, so that one second of waiting does not dwarf all else. */
const TAU_S = 10;

export function scoreOf(started: readonly StartedJob[], processors: number): Score {
  const waits = started.map(({ job, startS }) => startS - job.submitS);
  const slowdowns = started.map(({ job, startS }) =>
    Math.max(1, (startS - job.submitS + job.runS) / Math.max(job.runS, TAU_S)),
  );
  const firstS = started.reduce((least, { job }) => Math.min(least, job.submitS), Infinity);
  const lastS = started.reduce((most, { job, startS }) => Math.max(most, startS + job.runS), 0);
  const area = sum(started.map(({ job }) => job.processors * job.runS));
  const makespanS = started.length > 0 ? lastS - firstS : 0;
  const count = Math.max(1, started.length);
  return {
    jobs: started.length,
    meanWaitS: sum(waits) / count,
    p95WaitS: percentile(waits, 0.95),
    maxWaitS: waits.reduce((most, wait) => Math.max(most, wait), 0),
    meanBoundedSlowdown: sum(slowdowns) / count,
    p95BoundedSlowdown: percentile(slowdowns, 0.95),
    utilisation: makespanS > 0 ? area / (processors * makespanS) : 0,
    makespanS,
    backfilledShare: started.filter(({ backfilled }) => backfilled).length / count,
    fairness: jainIndex(meansByUser(started, slowdowns)),
  };
}

function meansByUser(started: readonly StartedJob[], values: readonly number[]): number[] {
  const users = new Map<number, { total: number; jobs: number }>();
  for (const [at, { job }] of started.entries()) {
    const user = users.get(job.user) ?? { total: 0, jobs: 0 };
    users.set(job.user, { total: user.total + (values[at] ?? 0), jobs: user.jobs + 1 });
  }
  return [...users.values()].map(({ total, jobs }) => total / jobs);
}

/** Jain, Chiu and Hawe 1984. */
function jainIndex(values: readonly number[]): number {
  const squares = sum(values.map((value) => value * value));
  return squares === 0 ? 1 : sum(values) ** 2 / (values.length * squares);
}

const sum = (values: readonly number[]): number =>
  values.reduce((total, value) => total + value, 0);

/** Nearest rank. */
function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
}

/**
 * A job as the commands see it: the scheduler's row with absent values as `undefined`, and what
 * several commands derive from it.
 */
import { pibatch } from '../proto/codec.ts';
import type { RankChoiceView } from './format/rankChoice.ts';
import { isFinal } from './format/state.ts';
import { type PartView, partView } from './partView.ts';
import { restartsBefore } from '../scheduler/model/restoring.ts';
import type { Session } from './session.ts';
import { type WishesView, wishesView } from './wishesView.ts';

export type JobView = WishesView & {
  readonly job: number;
  readonly arrayJob: number | undefined;
  readonly arrayTask: number | undefined;
  /** An array's record: its waiting tasks, `5-9%2`; empty for any other job. */
  readonly pendingTasks: string;
  readonly name: string;
  readonly user: string;
  readonly account: string;
  readonly partition: string;
  readonly state: string;
  readonly reason: string;
  readonly reasonText: string;
  readonly ranks: number;
  readonly cores: number;
  readonly memoryBytes: number;
  readonly timeLimitMs: number;
  readonly submittedMs: number;
  readonly eligibleMs: number | undefined;
  readonly startedMs: number | undefined;
  /** Of a waiting job; undefined when no start is foretold. */
  readonly expectedStartMs: number | undefined;
  readonly endedMs: number | undefined;
  readonly exitCode: number;
  readonly signal: number;
  readonly message: string;
  readonly nodes: readonly string[];
  readonly attempt: number;
  /** How often it has begun again. */
  readonly restarts: number;
  /** Of the last attempt: suspensions that are over, and the time since when it is suspended now. */
  readonly suspendedMs: number;
  readonly suspendedSinceMs: number | undefined;
  readonly suspendedBy: string;
  readonly progress: number | undefined;
  /** The newest checkpoint, counted over the attempts of the job; 0: none. */
  readonly checkpoint: number;
  readonly checkpointMs: number | undefined;
  readonly size: number | undefined;
  readonly group: string;
  readonly comment: string;
  readonly cancelledBy: string;
  readonly schedule: string;
  readonly parts: readonly PartView[];
  readonly program: string;
  readonly dependency: string;
  /** Of a moldable job that has started. */
  readonly choice: RankChoiceView | undefined;
};

/**
 * In the order of the keys of `--json`. Written out: spreading three records into one takes forty times
 * as long, and a report reads ten thousand of them.
 */
export function jobView(row: pibatch.JobRow): JobView {
  const wishes = row.wishes ? wishesView(row.wishes) : NO_WISHES;
  return {
    job: row.job,
    arrayJob: row.arrayJob ?? undefined,
    arrayTask: row.arrayTask ?? undefined,
    pendingTasks: row.pendingTasks,
    name: row.name,
    user: row.user,
    account: row.account,
    partition: row.partition,
    program: row.program,
    dependency: row.dependency,
    size: row.size ?? undefined,
    group: row.group,
    comment: row.comment,
    schedule: row.schedule,
    nodesAsked: wishes.nodesAsked,
    ranksPerNode: wishes.ranksPerNode,
    exclusive: wishes.exclusive,
    constraint: wishes.constraint,
    nodeList: wishes.nodeList,
    excluded: wishes.excluded,
    gres: wishes.gres,
    licenses: wishes.licenses,
    distribution: wishes.distribution,
    contiguous: wishes.contiguous,
    uniform: wishes.uniform,
    minTimeMs: wishes.minTimeMs,
    deadlineMs: wishes.deadlineMs,
    nice: wishes.nice,
    qos: wishes.qos,
    reservation: wishes.reservation,
    ranksRange: wishes.ranksRange,
    choice: row.choice ? rankChoiceView(row.choice) : undefined,
    state: row.state,
    reason: row.reason,
    reasonText: row.reasonText,
    exitCode: row.exit?.code ?? 0,
    signal: row.exit?.signal ?? 0,
    message: row.message,
    cancelledBy: row.cancelledBy,
    ranks: row.ranks,
    cores: row.cores,
    memoryBytes: row.memoryBytes,
    timeLimitMs: row.timeLimitMs,
    submittedMs: row.submittedMs,
    eligibleMs: row.eligibleMs ?? undefined,
    startedMs: row.startedMs ?? undefined,
    expectedStartMs: row.expectedStartMs ?? undefined,
    endedMs: row.endedMs ?? undefined,
    nodes: row.nodes,
    attempt: row.attempt,
    restarts: restartsOf(row),
    suspendedMs: row.suspendedMs,
    suspendedSinceMs: row.suspendedSinceMs ?? undefined,
    suspendedBy: row.suspendedBy,
    progress: row.progress ?? undefined,
    checkpoint: row.checkpoint,
    checkpointMs: row.checkpointMs ?? undefined,
    parts: row.parts.map(partView),
  };
}

/** A waiting job has no attempt: its row says how many it has had. */
const restartsOf = ({ state, attempt }: pibatch.JobRow): number =>
  state === 'PENDING' || attempt === 0 ? attempt : restartsBefore(attempt);

export const rankChoiceView = (choice: pibatch.RankChoice.$Properties): RankChoiceView => ({
  ranks: choice.ranks ?? 0,
  reason: choice.reason ?? '',
  model: choice.runs
    ? {
        runMs: choice.runMs ?? 0,
        waitMs: choice.waitMs ?? 0,
        efficiency: choice.efficiency ?? 0,
        leastEfficiency: choice.leastEfficiency ?? 0,
        runs: choice.runs,
      }
    : undefined,
});

const NO_WISHES = wishesView(undefined);

export type JobQuery = pibatch.ListJobs.$Properties;

const PAGE_ROWS = 500;
/** The record of an array comes after its tasks. */
const NO_TASK = Number.MAX_SAFE_INTEGER;

/**
 * Every job that matches, over as many pages as it takes: by id, tasks with their array. From the
 * `detailed` first on (default: all) rows say nothing of their single ranks, and come quicker.
 */
export async function listJobs(
  session: Session,
  query: JobQuery,
  detailed = Number.POSITIVE_INFINITY,
): Promise<JobView[]> {
  const rows: JobView[] = [];
  for (let after = query.after ?? 0; ; ) {
    const page = await session.ask(
      'jobs',
      [
        pibatch.ListJobs,
        { ...query, limit: PAGE_ROWS, after, withoutRanks: rows.length >= detailed },
      ],
      pibatch.JobPage,
    );
    for (const row of page.jobs) rows.push(jobView(pibatch.JobRow.create(row)));
    if (page.nextAfter <= after) return rows.sort(byLabel);
    after = page.nextAfter;
  }
}

function byLabel(a: JobView, b: JobView): number {
  const array = (a.arrayJob ?? a.job) - (b.arrayJob ?? b.job);
  return array || (a.arrayTask ?? NO_TASK) - (b.arrayTask ?? NO_TASK) || a.job - b.job;
}

/** `12`, `12_4` for a task, `12_[5-9%2]` for the waiting tasks of an array. */
export function jobLabel({ job, arrayJob, arrayTask, pendingTasks }: JobView): string {
  if (pendingTasks !== '') return `${arrayJob ?? job}_[${pendingTasks}]`;
  if (arrayTask !== undefined) return `${arrayJob ?? job}_${arrayTask}`;
  return String(job);
}

/** Of the current or last attempt, until now. */
export const suspendedMsOf = (view: JobView, nowMs: number): number =>
  view.suspendedMs +
  (view.suspendedSinceMs === undefined ? 0 : Math.max(0, nowMs - view.suspendedSinceMs));

/** Time in the current or last attempt, without what it was suspended; the nodes' monotonic clocks where they are known. */
export function elapsedMsOf(view: JobView, nowMs: number): number {
  const last = view.parts.filter(({ attempt }) => attempt === view.attempt);
  if (isFinal(view.state) && last.length > 0) {
    return Math.max(...last.map(({ elapsedMs }) => elapsedMs));
  }
  if (view.startedMs === undefined) return 0;
  const suspendedMs = suspendedMsOf(view, nowMs);
  return Math.max(0, (view.endedMs ?? nowMs) - view.startedMs - suspendedMs);
}

/** Slurm's `exit:signal`. */
export const exitText = ({ exitCode, signal }: JobView): string => `${exitCode}:${signal}`;

/** What a shell reports: the exit code, or 128 + signal; never 0 for a job that did not complete. */
export function shellExitCode(view: JobView): number {
  if (view.state === 'COMPLETED') return 0;
  if (view.signal > 0) return 128 + view.signal;
  return view.exitCode > 0 ? Math.min(view.exitCode, 255) : 1;
}

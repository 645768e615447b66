/**
 * Takes a private cluster down: jobs, agents, scheduler, broker, in this order, each by its pid
 * file. Contract: never signals a process that it cannot identify; queued jobs, history, keys and
 * ports are kept for the next start.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { pibatch } from '../../proto/codec.ts';
import { runningBroker, stopBroker } from './broker.ts';
import type { ClusterHome, ClusterPlan } from './clusterHome.ts';
import { ClusterQuestions } from './clusterQuestion.ts';
import { DOWN_REASON, nodeFolders } from './clusterStart.ts';
import { runningDaemon, stopDaemon } from './daemon.ts';
import { endJobHosts, liveJobHosts } from './jobHosts.ts';
import { agentDaemon, schedulerDaemon } from './programs.ts';

export type StopOptions = {
  readonly home: ClusterHome;
  readonly plan: ClusterPlan;
  /** Running jobs go on without a cluster and are found again by the next start. */
  readonly keepJobs: boolean;
  readonly tell: (line: string) => void;
};

export type ClusterStopped = {
  readonly stopped: readonly string[];
  readonly jobsEnded: number;
  readonly jobsKept: number;
};

const AGENT_GRACE_MS = 10_000;
const SCHEDULER_GRACE_MS = 20_000;
/** A job has 10 s between TERM and KILL. */
const JOBS_END_WAIT_MS = 20_000;

export async function stopCluster(options: StopOptions): Promise<ClusterStopped> {
  const { home, plan, keepJobs, tell } = options;
  const stopped: string[] = [];
  const note = (what: string, how: 'gone' | 'ended' | 'killed'): void => {
    if (how === 'gone') return;
    stopped.push(what);
    tell(`${what}: ${how === 'ended' ? 'stopped' : 'killed: it did not stop when asked'}`);
  };
  let jobsEnded = keepJobs ? 0 : await endJobs(options);
  const agents = plan.nodes.map((node) => agentDaemon(home, node));
  const ends = agents.map(async (agent) =>
    note(agent.what, await stopDaemon(agent, { graceMs: AGENT_GRACE_MS })),
  );
  await Promise.all(ends);
  const folders = nodeFolders(home, plan);
  const jobsKept = keepJobs ? folders.flatMap(liveJobHosts).length : 0;
  if (!keepJobs) jobsEnded += await endJobHosts(folders);
  const scheduler = schedulerDaemon(home);
  note(scheduler.what, await stopDaemon(scheduler, { graceMs: SCHEDULER_GRACE_MS }));
  note('broker', await stopBroker(home.broker));
  return { stopped, jobsEnded, jobsKept };
}

/**
 * Cancels what runs, through the scheduler, so that the accounting says so. Nodes are drained
 * first: freed cores would be given to the queue. Returns how many jobs it ended.
 */
async function endJobs(options: StopOptions): Promise<number> {
  const { home, plan, tell } = options;
  if (!runningDaemon(schedulerDaemon(home))) return 0;
  if (
    !runningBroker(home.broker) &&
    !plan.nodes.some((node) => runningDaemon(agentDaemon(home, node)))
  )
    return 0;
  const questions = await ClusterQuestions.connect(home.clientConnection);
  try {
    for (const { name: node } of plan.nodes) await drain(questions, node);
    const jobs = await runningJobs(questions);
    if (jobs.length === 0) return 0;
    tell(`ending ${jobs.length} running job${jobs.length === 1 ? '' : 's'} (${jobs.join(', ')})`);
    for (const job of jobs)
      await questions.ask('cancel', [pibatch.JobCommand, { job }], pibatch.Done, 5000);
    const startedMs = performance.now();
    while (performance.now() - startedMs < JOBS_END_WAIT_MS) {
      if ((await runningJobs(questions)).length === 0) break;
      await sleep(100);
    }
    return jobs.length;
  } catch (error) {
    // Without a scheduler that answers, job hosts are ended one by one.
    tell(`the scheduler could not end its jobs: ${error instanceof Error ? error.message : error}`);
    return 0;
  } finally {
    await questions.close();
  }
}

async function drain(questions: ClusterQuestions, node: string): Promise<void> {
  const { nodes } = await questions.ask('nodes', [pibatch.ListNodes, {}], pibatch.NodeList, 5000);
  const row = (nodes ?? []).find(({ name }) => name === node);
  // An administrator's own drain keeps its reason.
  if (!row || row.state?.startsWith('dr')) return;
  const command = [pibatch.NodeCommand, { node, why: DOWN_REASON }] as const;
  await questions.ask('drain', command, pibatch.Done, 5000);
}

/** The states of a job that holds an allocation. */
const HOLDING_STATES: ReadonlySet<string> = new Set([
  'CONFIGURING',
  'RUNNING',
  'SUSPENDED',
  'COMPLETING',
]);

async function runningJobs(questions: ClusterQuestions): Promise<number[]> {
  const found: number[] = [];
  for (let after = 0; ; ) {
    const question = [pibatch.ListJobs, { limit: 500, after }] as const;
    const page = await questions.ask('jobs', question, pibatch.JobPage, 5000);
    for (const { job, state } of page.jobs ?? [])
      if (typeof job === 'number' && HOLDING_STATES.has(state ?? '')) found.push(job);
    after = page.nextAfter ?? 0;
    if (after === 0) return found;
  }
}

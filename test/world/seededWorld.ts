/** One seed, one world with the real machine and the real agent: what broke, and its trace. */
import { createHash } from 'node:crypto';
import { bringToRest, createWorld } from '../scheduler/randomUsers.ts';
import { AgentNode } from './agentNode.ts';
import type { Rule } from './rule.ts';

export type SeededWorld = {
  readonly seed: number;
  readonly faults: number;
  readonly jobs: number;
  readonly violations: readonly string[];
  /** sha256 of every event that was journalled. */
  readonly trace: string;
};

/** All invariants are checked after every so many steps; the observer sees every process. */
const CHECK_EVERY = 25;

export function runSeed(seed: number, without: Rule | undefined): SeededWorld {
  const cluster = createWorld(seed, CHECK_EVERY, {
    createNode: (options) => new AgentNode(options, without),
    withoutRule: without,
  });
  bringToRest(cluster);
  const submitted = new Map<string, number>();
  for (const event of cluster.journal) {
    if (event.kind === 'jobSubmitted') submitted.set(event.job.requestId, event.job.id);
  }
  const { view } = cluster.scheduler;
  return {
    seed,
    faults: cluster.faultCount,
    jobs: submitted.size,
    violations: [
      ...cluster.scheduler.broken,
      ...cluster.observer.broken,
      ...[...view.jobs.values()].map((job) => `job ${job.id} never ends: ${job.state.kind}`),
      ...brokenSubmits(cluster.acknowledged, submitted),
    ],
    trace: createHash('sha256').update(JSON.stringify(cluster.journal)).digest('hex'),
  };
}

/** An acknowledged submit is in the journal as one job, under the id that the user was told. */
function brokenSubmits(
  acknowledged: ReadonlyMap<string, ReadonlySet<number>>,
  submitted: ReadonlyMap<string, number>,
): string[] {
  const broken: string[] = [];
  for (const [request, jobs] of acknowledged) {
    const same = [...submitted.keys()].filter(
      (id) => id === request || id.startsWith(`${request}-`),
    );
    if (jobs.size !== 1 || same.length > 1) broken.push(`request ${request} became several jobs`);
    const journalled = submitted.get(same[0] ?? '');
    if (same.length === 0) broken.push(`acknowledged request ${request} was lost`);
    else if (journalled === undefined || !jobs.has(journalled)) {
      broken.push(`request ${request} is another job than was acknowledged`);
    }
  }
  return broken;
}

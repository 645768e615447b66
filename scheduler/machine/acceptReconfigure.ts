/**
 * Another configuration takes the place of the one in force, or is refused whole. Jobs that run
 * keep what they have; a configuration that takes the ground from under them is refused.
 */
import type { ClusterView, Settings } from '../model/cluster.ts';
import type { Answer } from '../model/effect.ts';
import type { JobId } from '../model/ids.ts';
import type { Input } from '../model/input.ts';
import { settingsChanges } from '../policy/settingsChanges.ts';
import type { Turn } from './turn.ts';

export function acceptReconfigure(
  turn: Turn,
  { by, settings }: Extract<Input, { kind: 'reconfigure' }>,
): Answer {
  if (by.role === 'user') {
    const refusal = { code: 'notAllowed', verb: 'reconfigure', role: by.role } as const;
    return { kind: 'refused', refusal };
  }
  const losses = lostGround(turn.view, settings);
  if (losses.length > 0) return { kind: 'refused', refusal: { code: 'losesJobs', losses } };
  const changes = settingsChanges(turn.view.settings, settings);
  if (changes.length > 0) {
    turn.record({ kind: 'settingsChanged', settings });
    turn.wantPlan();
    turn.tell({ kind: 'wakeAt', atMs: turn.atMs });
  }
  return { kind: 'reconfigured', changes };
}

/** What running jobs stand on and the new configuration has no longer. */
function lostGround(
  view: ClusterView,
  settings: Settings,
): readonly { readonly what: string; readonly jobs: readonly JobId[] }[] {
  const losses = new Map<string, JobId[]>();
  const lose = (what: string, job: JobId): void => {
    const jobs = losses.get(what);
    if (jobs) jobs.push(job);
    else losses.set(what, [job]);
  };
  for (const id of view.lookup.active) {
    const job = view.jobs.get(id);
    if (job?.state.kind !== 'active') continue;
    const { partition } = job.request;
    const later = settings.partitions.find(({ name }) => name === partition);
    const sooner = view.settings.partitions.find(({ name }) => name === partition);
    if (!later) {
      if (sooner) lose(`partition ${partition}`, id);
      continue;
    }
    for (const { node, state } of job.state.attempt.parts) {
      if (state.kind === 'ended' || (later.nodes?.includes(node) ?? true)) continue;
      if (sooner?.nodes?.includes(node) ?? true) lose(`${node} of partition ${partition}`, id);
    }
  }
  return [...losses].map(([what, jobs]) => ({
    what,
    jobs: [...new Set(jobs)].sort((a, b) => a - b),
  }));
}

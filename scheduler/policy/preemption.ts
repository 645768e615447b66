/**
 * Whose cores a job may take that waits for room: those of running jobs which rank below it, by
 * the tier of their partition, by what its QoS may preempt, or because they only scavenge. Of all
 * sets whose ends make it fit a small one is taken, and of those of one size the youngest. Whether
 * it fits is asked of the plan itself, over a cluster without them.
 */
import type { ClusterView } from '../model/cluster.ts';
import type { Partition, PreemptMode } from '../model/configuration.ts';
import type { JobId } from '../model/ids.ts';
import type { Job } from '../model/job.ts';
import { SECOND_MS } from '../model/time.ts';
import type { TimeMs } from '../model/time.ts';
import { plan } from './plan.ts';
import { suits } from './suitability.ts';
import { viewWithout } from './viewWithout.ts';

export type Preemption = { readonly by: JobId; readonly victims: readonly Victim[] };

export type Victim = {
  readonly job: JobId;
  readonly mode: 'requeue' | 'cancel';
  readonly graceMs: number | undefined;
};

/** Only so many of the queue's first jobs may preempt; the others are not next. */
const LOOKED_AT = 100;
/** Scavengers were promised nothing: TERM, and half a second later KILL. */
export const SCAVENGER_GRACE_MS = SECOND_MS / 2;

/** What must end so that the first waiting job that may have it so can start; undefined: nothing. */
export function preemption(view: ClusterView, atMs: TimeMs): Preemption | undefined {
  if (view.lookup.ready.length === 0 || !isConfigured(view)) return undefined;
  const leaving = [...view.lookup.active].filter((id) => isEnding(view.jobs.get(id)));
  for (const [index, by] of view.lookup.ready.slice(0, LOOKED_AT).entries()) {
    const job = view.jobs.get(by);
    const victims = job ? victimsOf(view, job) : [];
    if (victims.length === 0) continue;
    const startsWithout = (gone: readonly Victim[]): boolean => {
      const ids = new Set([...leaving, ...gone.map((victim) => victim.job)]);
      const next = view.lookup.ready.slice(0, index + 1);
      const { placements } = plan(viewWithout(view, ids, next), atMs);
      return placements.some((placement) => placement.job === by);
    };
    if (startsWithout([]) || !startsWithout(victims)) continue;
    return { by, victims: fewest(victims, startsWithout) };
  }
  return undefined;
}

const isConfigured = ({ settings }: ClusterView): boolean =>
  settings.partitions.some(({ preempt, scavenger }) => scavenger || isOn(preempt)) ||
  (settings.qos ?? []).some(({ preempts }) => preempts !== undefined && preempts.length > 0);

const isOn = (mode: PreemptMode | undefined): boolean => mode !== undefined && mode !== 'off';

const isEnding = (job: Job | undefined): boolean =>
  job?.state.kind === 'active' && job.state.attempt.ending !== undefined;

/** The running jobs that `job` may preempt where it could run itself: scavengers first, youngest first. */
export function victimsOf(view: ClusterView, job: Job): readonly Victim[] {
  const found: (Victim & { readonly rank: number; readonly startedMs: number })[] = [];
  for (const id of view.lookup.active) {
    const other = view.jobs.get(id);
    if (other?.state.kind !== 'active' || other.state.attempt.ending) continue;
    const victim = victimFor(view, job, other);
    if (!victim) continue;
    const { parts, startedMs } = other.state.attempt;
    const near = parts.some(({ node, state }) => {
      const known = view.nodes.get(node);
      return state.kind !== 'ended' && known !== undefined && suits(view, known, job.request);
    });
    const rank = partitionOf(view, other)?.scavenger ? 0 : 1;
    if (near) found.push({ ...victim, rank, startedMs });
  }
  return found
    .sort((a, b) => a.rank - b.rank || b.startedMs - a.startedMs || b.job - a.job)
    .map(({ job: victim, mode, graceMs }) => ({ job: victim, mode, graceMs }));
}

/** How `other` would go for `job`; undefined when it need not. */
function victimFor(view: ClusterView, job: Job, other: Job): Victim | undefined {
  const mine = partitionOf(view, job);
  const theirs = partitionOf(view, other);
  if (theirs?.scavenger && !mine?.scavenger) return scavengedVictim(theirs, other);
  const qos = (name: string | undefined) => view.settings.qos?.find((one) => one.name === name);
  const theirQos = qos(other.request.qos);
  const byQos = theirQos && qos(job.request.qos)?.preempts?.includes(theirQos.name);
  const byTier = (mine?.tier ?? 1) > (theirs?.tier ?? 1) && isOn(theirs?.preempt);
  if (!byQos && !byTier) return undefined;
  const mode = (byQos ? theirQos.preempt : undefined) ?? theirs?.preempt ?? 'requeue';
  if (!isOn(mode)) return undefined;
  const graceMs = (byQos ? theirQos.graceMs : undefined) ?? theirs?.graceMs;
  return { job: other.id, mode: mode === 'cancel' ? 'cancel' : 'requeue', graceMs };
}

export const scavengedVictim = ({ preempt, graceMs }: Partition, job: Job): Victim => ({
  job: job.id,
  mode: preempt === 'cancel' ? 'cancel' : 'requeue',
  graceMs: graceMs ?? SCAVENGER_GRACE_MS,
});

const partitionOf = ({ settings }: ClusterView, { request }: Job): Partition | undefined =>
  settings.partitions.find(({ name }) => name === request.partition);

/** The shortest beginning of the list that will do, then without those that need not go after all. */
function fewest(
  victims: readonly Victim[],
  startsWithout: (gone: readonly Victim[]) => boolean,
): readonly Victim[] {
  const alone = victims.slice(0, LOOKED_AT).find((victim) => startsWithout([victim]));
  if (alone) return [alone];
  let low = 1;
  let high = victims.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (startsWithout(victims.slice(0, middle))) high = middle;
    else low = middle + 1;
  }
  let chosen = victims.slice(0, high);
  for (const victim of chosen.toReversed()) {
    const others = chosen.filter((one) => one !== victim);
    if (startsWithout(others)) chosen = others;
  }
  return chosen;
}

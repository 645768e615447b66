/**
 * The queue is put in order before a pass: jobs that have just become ready get their priority,
 * and once a minute all are weighed anew. Without weights or nice there is nothing to do.
 */
import type { JobId } from '../model/ids.ts';
import { MINUTE_MS } from '../model/time.ts';
import { prioritiser } from '../policy/priority.ts';
import type { Turn } from './turn.ts';

/** So many newcomers are sorted in one by one; more of them with the whole queue. */
const FEW = 64;

export function prioritise(turn: Turn): void {
  const { view, atMs } = turn;
  const { priorities, prioritisedMs = 0, ready, unseen } = view.lookup;
  const weighs = view.settings.priority !== undefined;
  const reconfigured = turn.events.some(({ kind }) => kind === 'settingsChanged');
  const due = Math.floor(atMs / MINUTE_MS) > Math.floor(prioritisedMs / MINUTE_MS);
  if (reconfigured || (weighs && due && ready.length > 0)) return weighAll(turn);
  const newcomers: JobId[] = [];
  for (const id of unseen) {
    if (priorities.has(id)) continue;
    if (weighs || view.jobs.get(id)?.request.nice) newcomers.push(id);
  }
  if (newcomers.length === 0) return;
  if (newcomers.length > FEW) return weighAll(turn);
  turn.record({ kind: 'prioritiesAdded', priorities: weighed(turn, newcomers) });
}

function weighAll(turn: Turn): void {
  const { ready, delayed, priorities: before } = turn.view.lookup;
  const priorities = weighed(turn, [...ready, ...delayed]);
  if (priorities.size === 0 && before.size === 0) return;
  turn.record({ kind: 'prioritiesSet', priorities });
}

/** Without weights only who is nice has a priority, and all others are equal. */
function weighed({ view, atMs }: Turn, ids: readonly JobId[]): ReadonlyMap<JobId, number> {
  const weigh = prioritiser(view, atMs);
  const weighs = view.settings.priority !== undefined;
  const priorities = new Map<JobId, number>();
  for (const id of ids) {
    const job = view.jobs.get(id);
    if (job && (weighs || job.request.nice)) priorities.set(id, weigh(job).priority);
  }
  return priorities;
}

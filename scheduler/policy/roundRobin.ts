/** Users take turns, whatever is in front of them: who runs fewer jobs has his next one first. */
import type { ClusterView } from '../model/cluster.ts';
import type { JobId, UserName } from '../model/ids.ts';
import type { TimeMs } from '../model/time.ts';

export function roundRobin(
  view: ClusterView,
  _atMs: TimeMs,
  ids: readonly JobId[],
): readonly JobId[] {
  const turns = new Map<UserName, number>();
  for (const id of view.lookup.active) {
    const user = view.jobs.get(id)?.user;
    if (user !== undefined) turns.set(user, (turns.get(user) ?? 0) + 1);
  }
  const turnOf = new Map<JobId, number>();
  for (const id of ids) {
    const user = view.jobs.get(id)?.user;
    if (user === undefined) continue;
    const turn = turns.get(user) ?? 0;
    turns.set(user, turn + 1);
    turnOf.set(id, turn);
  }
  return ids.toSorted((a, b) => (turnOf.get(a) ?? 0) - (turnOf.get(b) ?? 0));
}

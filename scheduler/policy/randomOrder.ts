/** Jobs in an order drawn once for each by its id, so that equal histories plan alike and a place is kept. */
import type { ClusterView } from '../model/cluster.ts';
import type { JobId } from '../model/ids.ts';
import type { TimeMs } from '../model/time.ts';

export function randomOrder(
  _view: ClusterView,
  _atMs: TimeMs,
  ids: readonly JobId[],
): readonly JobId[] {
  const drawn = new Map(ids.map((id) => [id, scattered(id)]));
  return ids.toSorted((a, b) => (drawn.get(a) ?? 0) - (drawn.get(b) ?? 0) || a - b);
}

/** The finaliser of MurmurHash3: every bit of the id moves every bit of the place. */
function scattered(id: number): number {
  let mixed = Math.imul(id ^ (id >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}

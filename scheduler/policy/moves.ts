/**
 * Whether a reservation can be held earlier. A pass only gives it what others gave up, so that after
 * a look in vain it is looked at again only when enough has become free where it could be used.
 */
import type { Demand } from '../model/demand.ts';
import type { JobId } from '../model/ids.ts';
import type { Spot } from './availability.ts';
import type { Hold } from './nodeLine.ts';
import type { Pass } from './pass.ts';
import { anyOf } from './nodeSet.ts';
import type { Gain } from './nodeTimes.ts';
import { earlierSpot } from './search.ts';

/**
 * Where the job may move to: a spot, or, without shares, a moment before which it may not.
 * Undefined: it stays.
 */
export function mayMove(
  pass: Pass,
  id: JobId,
  {
    demand,
    held,
    flexible,
  }: { readonly demand: Demand; readonly held: Spot; readonly flexible: boolean },
): Spot | undefined {
  const { at, atMs } = pass;
  const due = held.startMs <= atMs;
  if (!due && !flexible && held.hold && !demand.request.licenses) {
    const mark = isLasting(pass, demand) ? pass.tried.get(id) : undefined;
    const gains = gainsSince(pass, held.hold, mark);
    const spot = earlierSpot(at, demand, { held, gains });
    if (!spot) pass.tried.set(id, markOf(pass));
    return spot;
  }
  const startMs = at.profile.earlier(demand.cores, demand.durationMs, atMs, held.startMs);
  if (startMs === undefined && !due && !flexible) return undefined;
  return { startMs: startMs ?? atMs, shares: undefined };
}

export const markOf = ({ at, forgotten }: Pass): number => forgotten + at.nodeTimes.gains.length;

/** What others may use of the cluster's reservations, or while nodes are quiet, comes with time. */
function isLasting({ view }: Pass, { request }: Demand): boolean {
  const { partition, reservation } = request;
  const scavenger = view.settings.partitions.find(({ name }) => name === partition)?.scavenger;
  return reservation === undefined && !scavenger;
}

/** What has become free since `mark` and could be of use to it; undefined: anything. */
function gainsSince(
  { at, atMs, forgotten }: Pass,
  hold: Hold,
  mark: number | undefined,
): readonly Gain[] | undefined {
  const { gains } = at.nodeTimes;
  if (mark === undefined || mark < forgotten) return undefined;
  const among = at.pool.eligible(hold.demand).set;
  const found: Gain[] = [];
  for (let index = mark - forgotten; index < gains.length; index += 1) {
    const gain = gains[index];
    if (!gain || gain.fromMs >= hold.toMs || gain.toMs <= atMs) continue;
    if (anyOf(gain.nodes, among)) found.push(gain);
  }
  return found;
}

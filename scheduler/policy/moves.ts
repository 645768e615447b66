/**
 * Whether a reservation can be held earlier. A pass only gives it what others gave up, so that after
 * a look in vain it is looked at again only when enough has become free where it could be used.
 */
import type { Demand } from '../model/demand.ts';
import type { JobId } from '../model/ids.ts';
import type { Window } from '../model/reservation.ts';
import type { Spot } from './availability.ts';
import type { Hold } from './nodeLine.ts';
import type { Pass } from './pass.ts';
import { earlierSpot } from './search.ts';

/** On more nodes than these a gain is not weighed one by one. */
const MOST_WEIGHED = 8;

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
    const within = isLasting(pass, demand) ? gained(pass, held.hold, pass.tried.get(id)) : ALWAYS;
    const spot = within && earlierSpot(at, demand, { held, within });
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

const ALWAYS: Window = { fromMs: 0, toMs: Infinity };

/** When there has become free since `mark` what could be of use to it; undefined: at no time. */
function gained(
  { at, atMs, forgotten }: Pass,
  hold: Hold,
  mark: number | undefined,
): Window | undefined {
  const { gains } = at.nodeTimes;
  if (mark === undefined || mark < forgotten) return ALWAYS;
  const eligible = at.pool.eligible(hold.demand);
  let fromMs = Infinity;
  let toMs = 0;
  for (let index = mark - forgotten; index < gains.length; index += 1) {
    const gain = gains[index];
    if (!gain || gain.fromMs >= hold.toMs || gain.toMs <= atMs) continue;
    if (gain.fromMs >= fromMs && gain.toMs <= toMs) continue;
    const usable = gain.nodes.some(
      (node) =>
        eligible.has(node) &&
        (gain.nodes.length > MOST_WEIGHED || at.nodeTimes.most(node, hold) > 0),
    );
    if (!usable) continue;
    fromMs = Math.min(fromMs, gain.fromMs);
    toMs = Math.max(toMs, gain.toMs);
  }
  return fromMs < toMs ? { fromMs, toMs } : undefined;
}

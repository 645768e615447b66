/** When reservations of the cluster keep a demand from a node. */
import type { Demand } from '../model/demand.ts';
import type { NodeName } from '../model/ids.ts';
import type { Window } from '../model/reservation.ts';
import type { Withdrawal } from './withdrawals.ts';

/** Undefined when they do so at no time of the window, else until when they do. */
export type Closing = (node: NodeName, demand: Demand, window: Window) => number | undefined;

export function createClosing(withdrawn: readonly Withdrawal[]): Closing {
  const away = byNode(withdrawn);
  return (node, demand, window) =>
    away.size > 0 || demand.request.reservation !== undefined
      ? closedUntil(away.get(node), demand, window)
      : undefined;
}

function byNode(withdrawn: readonly Withdrawal[]): ReadonlyMap<NodeName, readonly Withdrawal[]> {
  const found = new Map<NodeName, Withdrawal[]>();
  for (const one of withdrawn) {
    const before = found.get(one.node);
    if (before) before.push(one);
    else found.set(one.node, [one]);
  }
  return found;
}

/** Maintenance takes nodes from the users of other reservations too. */
const isOver = (one: Withdrawal, reservation: string): boolean =>
  one.maintenance && one.reservation !== reservation;

/** Until when a job that began then could not use the node for reasons of reservations. */
function closedUntil(
  withdrawn: readonly Withdrawal[] | undefined,
  { request: { reservation } }: Demand,
  { fromMs, toMs }: Window,
): number | undefined {
  let untilMs: number | undefined;
  for (const one of withdrawn ?? []) {
    if (one.fromMs >= toMs || one.toMs <= fromMs) continue;
    if (reservation === undefined || isOver(one, reservation))
      untilMs = Math.max(untilMs ?? 0, one.toMs);
  }
  if (untilMs !== undefined || reservation === undefined) return untilMs;
  const own = (withdrawn ?? []).filter((one) => one.reservation === reservation);
  if (own.some((one) => one.fromMs <= fromMs && one.toMs >= toMs)) return undefined;
  return Math.min(Infinity, ...own.map((one) => one.fromMs).filter((begin) => begin > fromMs));
}

/**
 * After a restart: what live jobs are owed is said again. All of it is safe to repeat. The
 * shell performs these effects and then steps `restarted`, which asks for the next wake-up.
 */
import type { ClusterView } from '../model/cluster.ts';
import type { Effect } from '../model/effect.ts';
import { attemptOf } from './attempt.ts';
import { endOrders, launchOrder, wireOrders } from './orders.ts';

export function recover(view: ClusterView): readonly Effect[] {
  const effects: Effect[] = [];
  for (const id of view.lookup.active) {
    const job = view.jobs.get(id);
    const attempt = attemptOf(job);
    if (!job || !attempt) continue;
    for (const part of attempt.parts.keys()) {
      const order = launchOrder(view, { job: id, attempt: attempt.number, part });
      if (order) effects.push(order);
    }
    effects.push(...wireOrders(job, undefined), ...endOrders(job, undefined));
  }
  return effects;
}

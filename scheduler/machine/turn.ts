/**
 * One step in the making. Rules read `view`, and `record` a fact at once, so that the next
 * rule of the same step sees it; `tell` collects effects that follow from no event.
 */
import type { RuntimeCurve } from '../../accounting/speedup/moldable.ts';
import type { Cluster, ClusterView } from '../model/cluster.ts';
import type { Effect } from '../model/effect.ts';
import type { Event, Fact } from '../model/event.ts';
import type { TimeMs } from '../model/time.ts';
import { apply } from './apply.ts';

export type Turn = {
  readonly view: ClusterView;
  readonly atMs: TimeMs;
  readonly events: readonly Event[];
  readonly effects: readonly Effect[];
  /** Of recurring moldable jobs, by scheduleKey. */
  readonly curves: ReadonlyMap<string, RuntimeCurve>;
  record(fact: Fact): void;
  tell(effect: Effect): void;
  /** Something may start now that could not before, though no event of this step says so. */
  wantPlan(): void;
  planWanted(): boolean;
};

const NO_CURVES: ReadonlyMap<string, RuntimeCurve> = new Map();

export function beginTurn(cluster: Cluster, atMs: TimeMs, curves = NO_CURVES): Turn {
  const events: Event[] = [];
  const effects: Effect[] = [];
  let planWanted = false;
  return {
    view: cluster,
    atMs,
    events,
    effects,
    curves,
    record: (fact) => {
      const event: Event = { atMs, ...fact };
      apply(cluster, event);
      events.push(event);
    },
    tell: (effect) => effects.push(effect),
    wantPlan: () => {
      planWanted = true;
    },
    planWanted: () => planWanted,
  };
}

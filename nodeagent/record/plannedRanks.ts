/** The ranks of a part, ascending, and of all parts of its attempt. */
import { rankLayout } from '../../scheduler/model/rankLayout.ts';
import type { PartPlan } from './partPlan.ts';

const known = new WeakMap<PartPlan, readonly (readonly number[])[]>();

export function plannedRanks(plan: PartPlan): readonly (readonly number[])[] {
  const before = known.get(plan);
  if (before) return before;
  const counts = plan.parts.map(({ ranks }) => ranks);
  const layout = rankLayout(counts, plan.cyclic ? 'cyclic' : 'block');
  known.set(plan, layout);
  return layout;
}

/** Of the plan's own part. */
export const ownRanks = (plan: PartPlan): readonly number[] =>
  plannedRanks(plan)[plan.id.part] ?? [];

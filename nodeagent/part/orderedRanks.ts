import type { pibatch } from '../../proto/codec.ts';
import { rankLayout } from '../../scheduler/model/rankLayout.ts';

/** The ranks of the ordered part, ascending. */
export function orderedRanks(order: pibatch.LaunchOrder | undefined): readonly number[] {
  const counts = (order?.parts ?? []).map(({ ranks }) => ranks ?? 0);
  const cyclic = order?.spec?.wishes?.distribution === 'cyclic';
  return rankLayout(counts, cyclic ? 'cyclic' : 'block')[order?.id?.part ?? 0] ?? [];
}

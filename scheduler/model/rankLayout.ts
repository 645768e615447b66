/**
 * Which ranks an attempt's parts run, from how many each has: runs of them in block distribution, one by
 * one around the parts in cyclic distribution, until each has its count (Slurm's `-m cyclic`).
 */
export function rankLayout(
  counts: readonly number[],
  distribution: 'block' | 'cyclic' | undefined,
): readonly (readonly number[])[] {
  const layout = counts.map((): number[] => []);
  let rank = 0;
  const deal = (part: number, most: number): void => {
    const [ranks, count = 0] = [layout[part], counts[part]];
    for (const end = rank + Math.min(most, count - (ranks?.length ?? 0)); rank < end; rank += 1)
      ranks?.push(rank);
  };
  const rounds = distribution === 'cyclic' ? Math.max(0, ...counts) : 1;
  const most = distribution === 'cyclic' ? 1 : Infinity;
  for (let round = 0; round < rounds; round += 1)
    for (const part of counts.keys()) deal(part, most);
  return layout;
}

/** `rank 2`, `ranks 0-3`, `ranks 1,3,5`. */
export function ranksText(ranks: readonly number[]): string {
  const [first = 0] = ranks;
  const last = ranks.at(-1) ?? first;
  if (ranks.length === 1) return `rank ${first}`;
  return last - first + 1 === ranks.length ? `ranks ${first}-${last}` : `ranks ${ranks.join(',')}`;
}

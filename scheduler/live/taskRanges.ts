/** Ascending task indexes as Slurm writes them: `0-3,7,9-10`, with a throttle `0-3%2`. */
export function taskRanges(indexes: readonly number[], throttle: number | undefined): string {
  const ranges: string[] = [];
  for (let first = 0; first < indexes.length; ) {
    let last = first;
    while (indexes[last + 1] === (indexes[last] ?? 0) + 1) last += 1;
    ranges.push(last === first ? `${indexes[first]}` : `${indexes[first]}-${indexes[last]}`);
    first = last + 1;
  }
  const text = ranges.join(',');
  return throttle === undefined || text === '' ? text : `${text}%${throttle}`;
}

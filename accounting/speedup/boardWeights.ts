/**
 * The speed of a rank relative to the slowest kind of board among the runs. Boards of one model
 * count alike: what a short calibration says of two of them differs by noise, and noise must
 * not enter P. Undefined when all ran on one model: there P is the rank count.
 */
import { median } from '../numeric/median.ts';

export type BoardRanks = {
  readonly model: string;
  readonly ranks: number;
  /** As the node measured itself, against any common reference. */
  readonly weight: number;
};

/** For every run, the weights of its ranks in their order. */
export function boardWeights(
  runs: readonly (readonly BoardRanks[])[],
): readonly (readonly number[])[] | undefined {
  const measured = new Map<string, number[]>();
  for (const { model, weight } of runs.flat()) {
    const known = measured.get(model);
    if (known) known.push(weight);
    else measured.set(model, [weight]);
  }
  if (measured.size < 2) return undefined;
  const speeds = new Map([...measured].map(([model, values]) => [model, median(values)]));
  const slowest = Math.min(...speeds.values());
  return runs.map((parts) =>
    parts.flatMap(({ model, ranks }) =>
      Array.from({ length: ranks }, () => (speeds.get(model) ?? slowest) / slowest),
    ),
  );
}

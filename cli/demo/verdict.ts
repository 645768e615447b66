/** Whether a job's results are what is known of them. */
import type { Comparison, Example } from './knownAnswers.ts';

export type Verdict = {
  readonly example: string;
  readonly jobs: readonly number[];
  readonly verified: boolean;
  readonly comparisons: readonly (Comparison & { readonly agrees: boolean })[];
};

export function judge(
  { name, compare }: Example,
  jobs: readonly number[],
  results: readonly unknown[],
): Verdict {
  const comparisons = compare(results).map((each) => ({ ...each, agrees: agrees(each) }));
  const verified = comparisons.length > 0 && comparisons.every((each) => each.agrees);
  return { example: name, jobs, verified, comparisons };
}

function agrees({ got, known, tolerance = 0 }: Comparison): boolean {
  if (typeof got === 'number' && typeof known === 'number') {
    return Math.abs(got - known) <= tolerance;
  }
  return got === known;
}

/** `points inside: 31411125, known: 31411125 (a C program)` */
export function comparisonLine({
  what,
  got,
  known,
  source,
  agrees: same,
}: JudgedComparison): string {
  const shown = shortened(got);
  return same ? `${what}: ${shown} (${source})` : `${what}: ${shown}, known: ${known} (${source})`;
}

type JudgedComparison = Verdict['comparisons'][number];

const LONGEST = 34;

function shortened(value: unknown): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? 'nothing');
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}...` : text;
}

/**
 * `npm run bench -- coverage`: the seeded simulation of accounting/speedup/coverage.ts. One JSON object;
 * the same seed gives the same numbers. `--sets N` (2000), `--seed N`.
 */
import { COVERAGE_DEFAULTS, simulateCoverage } from '../accounting/speedup/coverage.ts';
import { wholeNumberAfter } from './wholeNumberAfter.ts';

export async function run(argv: string[]): Promise<unknown> {
  const options = {
    ...COVERAGE_DEFAULTS,
    sets: wholeNumberAfter(argv, '--sets') ?? COVERAGE_DEFAULTS.sets,
    seed: wholeNumberAfter(argv, '--seed') ?? COVERAGE_DEFAULTS.seed,
  };
  const started = performance.now();
  const result = simulateCoverage(options);
  return {
    name: 'coverage',
    ...result,
    errorRatio: result.errorAveraged / result.errorAmdahlOnly,
    options,
    elapsedMs: Math.round(performance.now() - started),
  };
}

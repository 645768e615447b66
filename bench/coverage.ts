/**
 * `npm run bench -- coverage`: the seeded simulation of accounting/speedup/coverage.ts. One JSON object;
 * the same seed gives the same numbers. `--sets N` (2000), `--seed N`.
 */
import { COVERAGE_DEFAULTS, simulateCoverage } from '../accounting/speedup/coverage.ts';

export async function run(argv: string[]): Promise<unknown> {
  const options = {
    ...COVERAGE_DEFAULTS,
    sets: numberAfter(argv, '--sets') ?? COVERAGE_DEFAULTS.sets,
    seed: numberAfter(argv, '--seed') ?? COVERAGE_DEFAULTS.seed,
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

function numberAfter(argv: readonly string[], flag: string): number | undefined {
  const at = argv.indexOf(flag);
  if (at < 0) return undefined;
  const value = Number(argv[at + 1]);
  if (!Number.isInteger(value) || value < 1) {
    throw new RangeError(`${flag} needs a whole number above 0, not '${argv[at + 1] ?? ''}'`);
  }
  return value;
}

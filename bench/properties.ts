/**
 * The random steps of test/scheduler/properties.test.ts in earnest: `npm run bench -- properties
 * [--steps N]`, a million by default, over all policies. Ends with an error when a property breaks.
 */
import { POLICY_NAMES } from '../scheduler/model/policyName.ts';
import { takeSteps } from '../test/scheduler/randomSteps.ts';
import { wholeNumberAfter } from './wholeNumberAfter.ts';

const STEPS_PER_WORLD = 5_000;

export type PropertiesBench = {
  readonly steps: number;
  readonly startedJobs: number;
  /** How often a promised start was found kept. */
  readonly promisesKept: number;
  readonly plansChecked: number;
  readonly cpuMs: number;
};

export async function run(argv: string[]): Promise<PropertiesBench> {
  const steps = wholeNumberAfter(argv, '--steps') ?? 1_000_000;
  const began = process.cpuUsage();
  const sums = { startedJobs: 0, promisesKept: 0, plansChecked: 0 };
  for (let seed = 1, done = 0; done < steps; seed += 1, done += STEPS_PER_WORLD) {
    const policy = POLICY_NAMES[seed % POLICY_NAMES.length] ?? 'backfill';
    const plain = seed % 5 === 0;
    const options = { steps: Math.min(STEPS_PER_WORLD, steps - done), seed, policy, plain };
    const found = takeSteps({ ...options, reservations: 1 + (seed % 7), checkEvery: 50 });
    if (found.broken.length > 0) {
      throw new Error(`bench properties: ${policy}, seed ${seed}: ${found.broken.join('; ')}`);
    }
    sums.startedJobs += found.started;
    sums.promisesKept += found.kept;
    sums.plansChecked += found.checked;
  }
  const { user, system } = process.cpuUsage(began);
  return { steps, ...sums, cpuMs: Math.round((user + system) / 1_000) };
}

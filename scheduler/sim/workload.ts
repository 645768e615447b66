/**
 * A made-up workload for machines without a recorded one: Poisson arrivals at a load of 0.9,
 * sizes that favour powers of two, run times spread evenly over their magnitudes, and users who
 * ask for up to ten times what they need (Lublin and Feitelson 2003 is the model for all four).
 */
import type { Random } from './random.ts';
import { createRandom } from './random.ts';
import type { Trace, TraceJob } from './swf.ts';

export type WorkloadOptions = {
  readonly processors: number;
  readonly jobs: number;
  /** Same seed, same workload. */
  readonly seed: number;
};

const LOAD = 0.9;
const USERS = 20;
const SHORTEST_S = 10;
const LONGEST_S = 86_400;

export function generateWorkload({ processors, jobs, seed }: WorkloadOptions): Trace {
  const random = createRandom(seed);
  const bodies = Array.from({ length: jobs }, (_, at) => bodyOf(at + 1, processors, random));
  const area = bodies.reduce((sum, job) => sum + job.processors * job.runS, 0);
  const meanGapS = area / (processors * LOAD * Math.max(1, jobs));
  let submitS = 0;
  const submitted = bodies.map((body) => {
    submitS += -Math.log(1 - random.unit()) * meanGapS;
    return { ...body, submitS: Math.floor(submitS) };
  });
  return { processors, jobs: submitted, rows: jobs };
}

function bodyOf(number: number, processors: number, random: Random): Omit<TraceJob, 'submitS'> {
  const largest = Math.log2(processors);
  const size = 2 ** (random.unit() * largest * (random.chance(0.9) ? 0.75 : 1));
  const rounded = random.chance(0.75) ? 2 ** Math.round(Math.log2(size)) : Math.round(size);
  const runS = Math.round(SHORTEST_S * (LONGEST_S / SHORTEST_S) ** random.unit());
  const user = Math.floor(USERS * random.unit() ** 2) + 1;
  return {
    number,
    runS,
    processors: Math.max(1, Math.min(processors, rounded)),
    estimateS: Math.ceil((runS * 10 ** random.unit()) / 60) * 60,
    user,
    executable: user * 10 + random.whole(1, 3),
  };
}

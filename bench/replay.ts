/** How fast a recorded workload goes through the machine: `npm run bench -- replay TRACE [POLICY]`. */
import { existsSync } from 'node:fs';
import { POLICY_NAMES } from '../scheduler/model/cluster.ts';
import type { SimulationResult } from '../scheduler/sim/runSimulation.ts';
import { runSimulation } from '../scheduler/sim/runSimulation.ts';

export type ReplayBench = SimulationResult & { readonly trace: string; readonly elapsedMs: number };

/** `argv`: the trace's path, then the policy (`backfill`). Errors when there is no such file. */
export async function run(argv: string[]): Promise<ReplayBench> {
  const [tracePath, name = 'backfill'] = argv.filter((word) => !word.startsWith('-'));
  if (tracePath === undefined || !existsSync(tracePath)) {
    throw new Error(`bench replay: give the path of an SWF trace (got ${tracePath ?? 'none'})`);
  }
  const policy = POLICY_NAMES.find((known) => known === name);
  if (!policy) throw new Error(`bench replay: unknown policy ${name}: ${POLICY_NAMES.join(', ')}`);
  const began = performance.now();
  const [result] = runSimulation({
    tracePath,
    policies: [policy],
    processors: undefined,
    jobs: undefined,
    startsPath: undefined,
  });
  if (!result) throw new Error('bench replay: the simulation returned nothing');
  return { trace: tracePath, ...result, elapsedMs: Math.round(performance.now() - began) };
}

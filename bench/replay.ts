/** How fast a recorded workload goes through the machine: `npm run bench -- replay [TRACE] [POLICY]`. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { POLICY_NAMES } from '../scheduler/model/policyName.ts';
import type { SimulationResult } from '../scheduler/sim/runSimulation.ts';
import { readTrace, runSimulation } from '../scheduler/sim/runSimulation.ts';
import { tracesFolder } from './tracesFolder.ts';

const LARGE = 'HPC2N-2002-2.2-cln.swf.gz';

export type ReplayBench = SimulationResult & {
  readonly trace: string;
  readonly elapsedMs: number;
  /** Of this process, so that a machine that is shared does not blur it. */
  readonly cpuMs: number;
};

/** `argv`: [TRACE] [POLICY]; without a trace the large one of the folder of recorded workloads. */
export async function run(argv: string[]): Promise<ReplayBench> {
  const words = argv.filter((word) => !word.startsWith('-'));
  const named = POLICY_NAMES.find((known) => words.includes(known));
  const tracePath = words.find((word) => word !== named) ?? join(tracesFolder(), LARGE);
  if (!existsSync(tracePath)) {
    const policies = POLICY_NAMES.join(', ');
    throw new RangeError(`no trace at ${tracePath}: give an SWF file, and a policy (${policies})`);
  }
  const policy = named ?? 'backfill';
  const began = performance.now();
  const cpuBefore = process.cpuUsage();
  const [result] = runSimulation({ trace: readTrace(tracePath, undefined), policies: [policy] });
  if (!result) throw new Error('bench replay: the simulation returned nothing');
  const { user, system } = process.cpuUsage(cpuBefore);
  const cpuMs = Math.round((user + system) / 1_000);
  return { trace: tracePath, ...result, elapsedMs: Math.round(performance.now() - began), cpuMs };
}

/**
 * Every policy on recorded workloads beside the figures of an independent simulator, and what the
 * prediction gains over EASY: `npm run bench -- policies [TRACE...]`.
 */
import { existsSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { PolicyName } from '../scheduler/model/policyName.ts';
import type { SimulationResult } from '../scheduler/sim/runSimulation.ts';
import { readTrace, runSimulation } from '../scheduler/sim/runSimulation.ts';
import { tracesFolder } from './tracesFolder.ts';

const POLICIES: readonly PolicyName[] = ['fifo', 'easy', 'backfill', 'predictive'];

/** Mean bounded slowdown on a flat pool: first come first served, EASY, conservative. */
const REFERENCE: Readonly<Record<string, Partial<Record<PolicyName, number>>>> = {
  'KTH-SP2-1996-2': { fifo: 6815, easy: 92.69, backfill: 88.97 },
  'HPC2N-2002-2.2-cln': { fifo: 207.3, easy: 89.04, backfill: 87.8 },
  lublin_256: { fifo: 66_502, easy: 590.1, backfill: 489.2 },
};

type Row = SimulationResult & {
  readonly reference: number | undefined;
  readonly elapsedMs: number;
};

/** Of `predictive` to `easy`; utilisation is a difference. */
type AgainstEasy = {
  readonly meanBoundedSlowdown: number;
  readonly p95BoundedSlowdown: number;
  readonly meanWaitS: number;
  readonly maxWaitS: number;
  readonly utilisationDifference: number;
};

export type PoliciesBench = {
  readonly traces: readonly {
    readonly trace: string;
    readonly policies: readonly Row[];
    readonly predictiveAgainstEasy: AgainstEasy;
  }[];
};

/** `argv`: SWF files; without one all of the folder of recorded workloads. */
export async function run(argv: string[]): Promise<PoliciesBench> {
  const named = argv.filter((word) => !word.startsWith('-'));
  const paths = named.length > 0 ? named : tracesIn(tracesFolder());
  const missing = paths.find((path) => !existsSync(path));
  if (missing !== undefined) throw new RangeError(`there is no trace ${missing}`);
  return { traces: paths.map(measure) };
}

function tracesIn(folder: string): string[] {
  const names = existsSync(folder) ? readdirSync(folder).toSorted() : [];
  const traces = names.filter((name) => /\.swf(\.gz)?$/.test(name));
  if (traces.length > 0) return traces.map((name) => join(folder, name));
  throw new RangeError(`no SWF file in ${folder}: name files, or set PIBATCH_TRACES to a folder`);
}

function measure(path: string): PoliciesBench['traces'][number] {
  const trace = readTrace(path, undefined);
  const name = basename(path).replace(/\.swf(\.gz)?$/, '');
  const policies = POLICIES.flatMap((policy) => {
    const began = performance.now();
    return runSimulation({ trace, policies: [policy] }).map((result): Row => {
      const elapsedMs = Math.round(performance.now() - began);
      const reference = REFERENCE[name]?.[policy];
      const slowdown = result.meanBoundedSlowdown.toFixed(2);
      const beside = reference === undefined ? '' : ` (reference ${reference})`;
      process.stderr.write(`${name} ${policy}: ${slowdown}${beside}, ${elapsedMs} ms\n`);
      return { ...result, reference, elapsedMs };
    });
  });
  return { trace: name, policies, predictiveAgainstEasy: againstEasy(policies) };
}

function againstEasy(rows: readonly Row[]): AgainstEasy {
  const easy = rows.find(({ policy }) => policy === 'easy');
  const ours = rows.find(({ policy }) => policy === 'predictive');
  if (!easy || !ours) throw new Error('bench policies: a policy returned nothing');
  const ratio = (key: 'meanBoundedSlowdown' | 'p95BoundedSlowdown' | 'meanWaitS' | 'maxWaitS') =>
    easy[key] === 0 ? 1 : ours[key] / easy[key];
  return {
    meanBoundedSlowdown: ratio('meanBoundedSlowdown'),
    p95BoundedSlowdown: ratio('p95BoundedSlowdown'),
    meanWaitS: ratio('meanWaitS'),
    maxWaitS: ratio('maxWaitS'),
    utilisationDifference: ours.utilisation - easy.utilisation,
  };
}

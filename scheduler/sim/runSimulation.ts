/** `pibatch sim`: a trace under one or more policies, and how well each served its users. */
import { readFileSync, writeFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import type { PolicyName } from '../model/cluster.ts';
import { replay } from './replay.ts';
import type { Score } from './score.ts';
import { scoreOf } from './score.ts';
import type { Trace } from './swf.ts';
import { parseTrace, withEstimates } from './swf.ts';

export type SimulationOptions = {
  /** A Standard Workload Format file, `.gz` or plain. */
  readonly tracePath: string;
  readonly policies: readonly PolicyName[];
  /** Instead of the size in the trace's header. */
  readonly processors: number | undefined;
  /** Only the first so many jobs that are kept. */
  readonly jobs: number | undefined;
  /** Writes `job start-second` lines of the last policy, in the order of the trace. */
  readonly startsPath: string | undefined;
};

export type SimulationResult = { readonly policy: PolicyName } & Score;

/** Errors: TraceError for a trace that cannot be read as such; the platform's for files. */
export function runSimulation(options: SimulationOptions): readonly SimulationResult[] {
  const trace = readTrace(options.tracePath, options.processors);
  const jobs = trace.jobs.slice(0, options.jobs ?? trace.jobs.length);
  return options.policies.map((policy) => {
    const started = replay({ ...trace, jobs }, policy);
    if (options.startsPath !== undefined) {
      const starts = new Map(started.map(({ job, startS }) => [job, startS]));
      const lines = jobs.map((job) => `${job.number} ${starts.get(job) ?? ''}\n`);
      writeFileSync(options.startsPath, lines.join(''));
    }
    return { policy, ...scoreOf(started, trace.processors) };
  });
}

export function readTrace(path: string, processors: number | undefined): Trace {
  const bytes = readFileSync(path);
  const text = (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
  return withEstimates(parseTrace(text, processors));
}

/** One row a policy, for people. */
export function simulationTable(results: readonly SimulationResult[]): string {
  const head = [
    'policy',
    'jobs',
    'wait',
    'p95 wait',
    'max wait',
    'slowdown',
    'p95',
    'used',
    'ahead',
  ];
  const rows = results.map((result) => [
    result.policy,
    String(result.jobs),
    `${result.meanWaitS.toFixed(0)} s`,
    `${result.p95WaitS.toFixed(0)} s`,
    `${result.maxWaitS.toFixed(0)} s`,
    result.meanBoundedSlowdown.toFixed(2),
    result.p95BoundedSlowdown.toFixed(2),
    `${(100 * result.utilisation).toFixed(1)} %`,
    `${(100 * result.backfilledShare).toFixed(1)} %`,
  ]);
  const widths = head.map((title, at) =>
    Math.max(title.length, ...rows.map((row) => row[at]?.length ?? 0)),
  );
  return [head, ...rows]
    .map((row) => row.map((cell, at) => cell.padStart(widths[at] ?? 0)).join('  '))
    .join('\n');
}

/** `pibatch sim`: a workload under one or more policies, and how well each served its users. */
import { readFileSync, writeFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import type { PolicyName } from '../model/cluster.ts';
import { replay } from './replay.ts';
import type { Score } from './score.ts';
import { scoreOf } from './score.ts';
import type { Trace } from './swf.ts';
import { parseTrace, TraceError, withEstimates } from './swf.ts';

export type SimulationOptions = {
  readonly trace: Trace;
  readonly policies: readonly PolicyName[];
  /** Nodes of so many cores; absent: one flat pool of the trace's processors. */
  readonly coresPerNode?: number | undefined;
  /** Writes `job start-second` lines of the last policy, in the order of the trace. */
  readonly startsPath?: string | undefined;
  readonly onProgress?: (policy: PolicyName, startedJobs: number) => void;
};

export type SimulationResult = { readonly policy: PolicyName } & Score;

/** Errors: the platform's when the starts cannot be written. */
export function runSimulation(options: SimulationOptions): readonly SimulationResult[] {
  const { trace, coresPerNode, startsPath, onProgress } = options;
  return options.policies.map((policy) => {
    const started = replay(trace, policy, {
      coresPerNode,
      onProgress: (startedJobs) => onProgress?.(policy, startedJobs),
    });
    if (startsPath !== undefined) {
      const starts = new Map(started.map(({ job, startS }) => [job, startS]));
      const lines = trace.jobs.map((job) => `${job.number} ${starts.get(job) ?? ''}\n`);
      writeFileSync(startsPath, lines.join(''));
    }
    return { policy, ...scoreOf(started, trace.processors) };
  });
}

/**
 * A Standard Workload Format file, plain or gzip'ed. Errors: TraceError for what cannot be
 * read as such; the platform's for files.
 */
export function readTrace(path: string, processors: number | undefined): Trace {
  const bytes = readFileSync(path);
  return withEstimates(parseTrace(textOf(bytes), processors));
}

function textOf(bytes: Buffer): string {
  const zipped = bytes[0] === 0x1f && bytes[1] === 0x8b;
  try {
    return (zipped ? gunzipSync(bytes) : bytes).toString('utf8');
  } catch (error) {
    throw new TraceError(1, 'the file is cut off or is not whole gzip data', { cause: error });
  }
}

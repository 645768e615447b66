/** `pibatch sim`: a workload under one or more policies, and how well each served its users. */
import { readFileSync, writeFileSync } from 'node:fs';
import { constants, gunzipSync } from 'node:zlib';
import type { PolicyName } from '../model/policyName.ts';
import { replay } from './replay.ts';
import type { Score, StartedJob } from './score.ts';
import { scoreOf } from './score.ts';
import type { Trace } from './swf.ts';
import { parseTrace, TraceError, withEstimates } from './swf.ts';

export type SimulationOptions = {
  readonly trace: Trace;
  readonly policies: readonly PolicyName[];
  /** The cores of each node; absent: one flat pool of the trace's processors. */
  readonly nodeCores?: readonly number[] | undefined;
  /** Writes `job start-second` lines of the last policy, in the order of the trace. */
  readonly startsPath?: string | undefined;
  readonly onProgress?: (policy: PolicyName, startedJobs: number) => void;
  /** The whole schedule, once a policy is through. */
  readonly onSchedule?: (policy: PolicyName, started: readonly StartedJob[]) => void;
};

export type SimulationResult = { readonly policy: PolicyName } & Score;

/** Errors: the platform's when the starts cannot be written. */
export function runSimulation(options: SimulationOptions): readonly SimulationResult[] {
  const { trace, nodeCores, startsPath, onProgress } = options;
  return options.policies.map((policy) => {
    const started = replay(trace, policy, {
      nodeCores,
      onProgress: (startedJobs) => onProgress?.(policy, startedJobs),
    });
    options.onSchedule?.(policy, started);
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

/** A trace unpacks to no more: 512 MiB are some five million jobs. */
const MOST_BYTES = 2 ** 29;

function textOf(bytes: Buffer): string {
  const zipped = bytes[0] === 0x1f && bytes[1] === 0x8b;
  if (!zipped) return bytes.toString('utf8');
  try {
    return gunzipSync(bytes, { maxOutputLength: MOST_BYTES }).toString('utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE') {
      throw new TraceError(1, `the file unpacks to more than ${MOST_BYTES} bytes`);
    }
    const line = wholeLines(bytes) + 1;
    throw new TraceError(line, 'the gzip data is cut off or damaged here', { cause: error });
  }
}

/** How many lines come out of gzip data before it ends or breaks. */
function wholeLines(bytes: Buffer): number {
  try {
    const whole = { maxOutputLength: MOST_BYTES, finishFlush: constants.Z_SYNC_FLUSH };
    return gunzipSync(bytes, whole).toString('latin1').split('\n').length - 1;
  } catch {
    return 0;
  }
}

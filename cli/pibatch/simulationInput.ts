/** What `pibatch sim` is asked to replay, and on which machine. */
import type { Trace } from '../../scheduler/sim/swf.ts';
import { TraceError } from '../../scheduler/sim/swf.ts';
import { equalNodes } from '../../scheduler/sim/replay.ts';
import { readTrace } from '../../scheduler/sim/runSimulation.ts';
import type { StartedJob } from '../../scheduler/sim/score.ts';
import { generateWorkload } from '../../scheduler/sim/workload.ts';
import type { Arguments } from '../command.ts';
import { badInput } from '../failure.ts';
import type { Terminal } from '../terminal.ts';

/** One machine to replay on; two when the question is what more nodes would do. */
export type Machine = {
  /** Says which, where there is more than one. */
  readonly label: string;
  /** Absent: one pool of the trace's processors. */
  readonly nodeCores: readonly number[] | undefined;
};

export type Workload = {
  readonly trace: Trace;
  readonly machines: readonly Machine[];
  /** The cluster's own history: when the jobs really started. */
  readonly recorded?: readonly StartedJob[];
  /** Names of the users of the trace, where they have any. */
  readonly userNames?: ReadonlyMap<number, string>;
};

const MADE_UP = { jobs: 5_000, nodes: 16, cores: 4 };
const LARGEST_MACHINE = 1_000_000;

/** Errors: CommandFailure. */
export function wholeNumber(args: Arguments, name: string, most: number): number | undefined {
  const text = args.text(name);
  if (text === undefined) return undefined;
  const value = /^\d+$/.test(text) ? Number(text) : NaN;
  const least = name === 'seed' ? 0 : 1;
  if (value >= least && value <= most) return value;
  throw badInput(`--${name}: '${text}' is not a whole number from ${least} to ${most}`);
}

/** The nodes that `--nodes` and `--cores` ask for. Errors: CommandFailure. */
export function askedNodes(args: Arguments): readonly number[] | undefined {
  const nodes = wholeNumber(args, 'nodes', LARGEST_MACHINE);
  const cores = wholeNumber(args, 'cores', LARGEST_MACHINE);
  if (nodes === undefined && cores === undefined) return undefined;
  const total = (nodes ?? 1) * (cores ?? 1);
  if (total <= LARGEST_MACHINE) return equalNodes(total, cores ?? 1);
  throw badInput(`--nodes times --cores is ${total}; a simulation has at most ${LARGEST_MACHINE}`);
}

export const coresOf = (nodeCores: readonly number[]): number =>
  nodeCores.reduce((sum, cores) => sum + cores, 0);

/** A recorded workload, else a made-up one. Errors: CommandFailure. */
export function readWorkload(args: Arguments, terminal: Terminal): Workload {
  const [path, second] = args.words;
  if (second !== undefined) throw badInput(`one trace at a time: '${second}' is one too many`);
  for (const option of ['since', 'until', 'add-nodes']) {
    if (args.text(option) !== undefined)
      throw badInput(`--${option} is for the cluster's own jobs: add --history`);
  }
  const nodeCores = askedNodes(args);
  const limit = wholeNumber(args, 'jobs', 10_000_000);
  const seed = wholeNumber(args, 'seed', 2 ** 32 - 1);
  if (path === undefined) {
    const nodes = nodeCores ?? equalNodes(MADE_UP.nodes * MADE_UP.cores, MADE_UP.cores);
    const processors = coresOf(nodes);
    const jobs = limit ?? MADE_UP.jobs;
    terminal.tell(`${jobs} made-up jobs on ${processors} cores, seed ${seed ?? 1}`);
    const trace = generateWorkload({ processors, jobs, seed: seed ?? 1 });
    return { trace, machines: [{ label: '', nodeCores }] };
  }
  if (seed !== undefined) throw badInput('--seed is for a made-up workload; this one is recorded');
  const trace = loadTrace(path, nodeCores && coresOf(nodeCores));
  const omitted = trace.rows - trace.jobs.length;
  if (trace.jobs.length === 0) {
    const why = `none has a run time, an estimate and at most ${trace.processors} processors`;
    throw badInput(`${path}: no job of ${trace.rows} can be replayed: ${why}`);
  }
  if (omitted > 0) terminal.tell(`${omitted} of ${trace.rows} jobs are left out (see --help)`);
  return {
    trace: { ...trace, jobs: trace.jobs.slice(0, limit) },
    machines: [{ label: '', nodeCores }],
  };
}

/** Errors: CommandFailure that names the file and the line. */
function loadTrace(path: string, processors: number | undefined): Trace {
  try {
    return readTrace(path, processors);
  } catch (error) {
    if (error instanceof TraceError) throw badInput(`${path}: ${error.message}`);
    throw fileFailure(error, path, 'read');
  }
}

export function fileFailure(error: unknown, path: string, verb: 'read' | 'written'): unknown {
  if (!(error instanceof Error) || !('code' in error)) return error;
  const why = error.code === 'ENOENT' ? 'there is no such file' : error.message;
  return badInput(`${path} cannot be ${verb}: ${why}`);
}

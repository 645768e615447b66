/** pibatch sim: a recorded or made-up workload under several policies, in virtual time. */
import { POLICY_NAMES, type PolicyName } from '../../scheduler/model/cluster.ts';
import {
  readTrace,
  runSimulation,
  type SimulationResult,
} from '../../scheduler/sim/runSimulation.ts';
import { type Trace, TraceError } from '../../scheduler/sim/swf.ts';
import { generateWorkload } from '../../scheduler/sim/workload.ts';
import type { Arguments, Command } from '../command.ts';
import { badInput, EXIT } from '../failure.ts';
import { formatElapsed } from '../format/duration.ts';
import { didYouMean } from '../format/nearest.ts';
import { type Column, formatTable } from '../format/table.ts';
import { printJson } from '../json.ts';
import type { Terminal } from '../terminal.ts';

export const sim: Command = {
  name: 'pibatch sim',
  usage: ['[TRACE.swf[.gz]] [options]'],
  summary:
    'Replays a recorded workload (Standard Workload Format) through the scheduler in virtual time and compares policies. Without a trace a workload is made up.',
  options: [
    {
      name: 'policy',
      aliases: ['p'],
      takes: 'values',
      placeholder: 'A,B',
      describe: `which to compare: ${POLICY_NAMES.join(', ')} (default: all)`,
    },
    {
      name: 'nodes',
      takes: 'value',
      placeholder: 'N',
      describe: "how many nodes (default: one pool of the size in the trace's header)",
    },
    { name: 'cores', takes: 'value', placeholder: 'C', describe: 'cores of each node (default 1)' },
    { name: 'jobs', takes: 'value', placeholder: 'N', describe: 'only the first N jobs' },
    {
      name: 'seed',
      takes: 'value',
      placeholder: 'N',
      describe: 'of a made-up workload: same seed, same jobs (default 1)',
    },
    {
      name: 'starts',
      takes: 'value',
      placeholder: 'FILE',
      describe: 'write each job and its start second, one a line (one policy only)',
    },
    { name: 'json', takes: 'nothing', describe: 'print an array with one object a policy' },
  ],
  examples: [
    ['pibatch sim KTH-SP2.swf.gz', 'every policy on a recorded workload'],
    ['pibatch sim log.swf -p easy,backfill --jobs 5000', 'two of them, the first 5,000 jobs'],
    ['pibatch sim log.swf --nodes 34 --cores 4', 'what would two more Pis do?'],
    ['pibatch sim --nodes 8 --cores 4 --seed 7', 'a made-up workload for a small cluster'],
    ['pibatch sim log.swf -p easy --starts easy.txt', 'when every job starts'],
  ],
  notes:
    'Slowdown is (wait + run) / run with runs of at least 10 s, averaged over jobs. Fairness is 1 when the mean slowdown of all users is the same. Backfilled jobs started while one submitted earlier waited. Jobs without a run time, or larger than the machine, are left out; jobs end at their estimate.',
  run,
};

const MADE_UP = { jobs: 5_000, nodes: 16, cores: 4 };
const LARGEST_MACHINE = 1_000_000;

async function run(args: Arguments, terminal: Terminal): Promise<number> {
  const policies = policiesOf(args.texts('policy'));
  const startsPath = args.text('starts');
  if (startsPath !== undefined && policies.length !== 1) {
    throw badInput(`--starts is for one policy, not ${policies.length}: add --policy easy`);
  }
  const machine = machineOf(args);
  const trace = traceOf(args, machine, terminal);
  const results = runAll({ trace, policies, startsPath, coresPerNode: machine?.cores }, terminal);
  if (args.flag('json')) printJson(terminal, results);
  else terminal.print(simulationTable(results, terminal.cells));
  return EXIT.ok;
}

function policiesOf(texts: readonly string[]): readonly PolicyName[] {
  if (texts.length === 0) return POLICY_NAMES;
  const words = texts.flatMap((text) => text.split(',')).map((word) => word.trim());
  return [...new Set(words)].map((word) => {
    const known = POLICY_NAMES.find((name) => name === word);
    if (known) return known;
    const guess = didYouMean(word, POLICY_NAMES) || `; there are ${POLICY_NAMES.join(', ')}`;
    throw badInput(`--policy: '${word}' is not a policy${guess}`);
  });
}

function wholeNumber(args: Arguments, name: string, most: number): number | undefined {
  const text = args.text(name);
  if (text === undefined) return undefined;
  const value = /^\d+$/.test(text) ? Number(text) : NaN;
  const least = name === 'seed' ? 0 : 1;
  if (value >= least && value <= most) return value;
  throw badInput(`--${name}: '${text}' is not a whole number from ${least} to ${most}`);
}

type Machine = { readonly nodes: number; readonly cores: number };

function machineOf(args: Arguments): Machine | undefined {
  const nodes = wholeNumber(args, 'nodes', LARGEST_MACHINE);
  const cores = wholeNumber(args, 'cores', LARGEST_MACHINE);
  if (nodes === undefined && cores === undefined) return undefined;
  const machine = { nodes: nodes ?? 1, cores: cores ?? 1 };
  if (machine.nodes * machine.cores <= LARGEST_MACHINE) return machine;
  const total = machine.nodes * machine.cores;
  throw badInput(`--nodes times --cores is ${total}; a simulation has at most ${LARGEST_MACHINE}`);
}

function traceOf(args: Arguments, machine: Machine | undefined, terminal: Terminal): Trace {
  const [path, second] = args.words;
  if (second !== undefined) throw badInput(`one trace at a time: '${second}' is one too many`);
  const limit = wholeNumber(args, 'jobs', 10_000_000);
  const seed = wholeNumber(args, 'seed', 2 ** 32 - 1);
  if (path === undefined) {
    const { nodes, cores } = machine ?? MADE_UP;
    const jobs = limit ?? MADE_UP.jobs;
    terminal.tell(`${jobs} made-up jobs on ${nodes * cores} cores, seed ${seed ?? 1}`);
    return generateWorkload({ processors: nodes * cores, jobs, seed: seed ?? 1 });
  }
  if (seed !== undefined) throw badInput('--seed is for a made-up workload; this one is recorded');
  const trace = loadTrace(path, machine && machine.nodes * machine.cores);
  const omitted = trace.rows - trace.jobs.length;
  if (trace.jobs.length === 0) {
    const why = `none has a run time, an estimate and at most ${trace.processors} processors`;
    throw badInput(`${path}: no job of ${trace.rows} can be replayed: ${why}`);
  }
  if (omitted > 0) terminal.tell(`${omitted} of ${trace.rows} jobs are left out (see --help)`);
  return { ...trace, jobs: trace.jobs.slice(0, limit) };
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

function fileFailure(error: unknown, path: string, verb: 'read' | 'written'): unknown {
  if (!(error instanceof Error) || !('code' in error)) return error;
  const why = error.code === 'ENOENT' ? 'there is no such file' : error.message;
  return badInput(`${path} cannot be ${verb}: ${why}`);
}

const REPORT_MS = 2_000;

function runAll(
  options: Parameters<typeof runSimulation>[0],
  terminal: Terminal,
): readonly SimulationResult[] {
  const total = options.trace.jobs.length;
  let reportedMs = performance.now();
  const onProgress = (policy: PolicyName, startedJobs: number): void => {
    if (performance.now() - reportedMs < REPORT_MS) return;
    reportedMs = performance.now();
    terminal.tell(`${policy}: ${startedJobs} of ${total} jobs started`);
  };
  try {
    return runSimulation({ ...options, onProgress });
  } catch (error) {
    throw options.startsPath === undefined
      ? error
      : fileFailure(error, options.startsPath, 'written');
  }
}

const percent = (share: number): string => `${(100 * share).toFixed(1)}%`;
const duration = (seconds: number): string => formatElapsed(seconds * 1_000);

const COLUMNS: readonly Column<SimulationResult>[] = [
  { title: 'POLICY', text: ({ policy }) => policy },
  { title: 'JOBS', align: 'right', text: ({ jobs }) => String(jobs), drop: 5 },
  { title: 'WAIT', align: 'right', text: ({ meanWaitS }) => duration(meanWaitS) },
  { title: 'P95', align: 'right', text: ({ p95WaitS }) => duration(p95WaitS) },
  { title: 'MAX', align: 'right', text: ({ maxWaitS }) => duration(maxWaitS), drop: 3 },
  {
    title: 'SLOWDOWN',
    align: 'right',
    text: ({ meanBoundedSlowdown }) => meanBoundedSlowdown.toFixed(2),
  },
  {
    title: 'P95',
    align: 'right',
    text: ({ p95BoundedSlowdown }) => p95BoundedSlowdown.toFixed(2),
    drop: 4,
  },
  { title: 'USED', align: 'right', text: ({ utilisation }) => percent(utilisation) },
  {
    title: 'MAKESPAN',
    align: 'right',
    text: ({ makespanS }) => duration(makespanS),
    drop: 2,
  },
  { title: 'FAIRNESS', align: 'right', text: ({ fairness }) => fairness.toFixed(3), drop: 1 },
  { title: 'BACKFILLED', align: 'right', text: (row) => percent(row.backfilledShare), drop: 6 },
];

/** One row a policy, for people. */
const simulationTable = (results: readonly SimulationResult[], cells: number | undefined): string =>
  formatTable(COLUMNS, results, { cells, gap: '  ' });

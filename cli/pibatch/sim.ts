/** pibatch sim: a recorded or made-up workload under several policies, in virtual time. */
import { writeFileSync } from 'node:fs';
import { POLICY_NAMES, type PolicyName } from '../../scheduler/model/policyName.ts';
import { runSimulation } from '../../scheduler/sim/runSimulation.ts';
import { scoreOf } from '../../scheduler/sim/score.ts';
import type { Arguments, Command } from '../command.ts';
import { badInput, EXIT } from '../failure.ts';
import { didYouMean } from '../format/nearest.ts';
import { printJson } from '../json.ts';
import type { Terminal } from '../terminal.ts';
import { readHistory } from './simulationHistory.ts';
import { coresOf, fileFailure, readWorkload, type Workload } from './simulationInput.ts';
import { type Schedule, simulationSvg } from './simulationPlot.ts';
import { answerInWords, jsonRow, type SimulationRow, simulationTable } from './simulationTable.ts';

export const sim: Command = {
  name: 'pibatch sim',
  usage: ['[TRACE.swf[.gz]] [options]', '--history [--since TIME] [--add-nodes N] [options]'],
  summary:
    'Replays a recorded workload (Standard Workload Format) through the scheduler in virtual time and compares policies. Without a trace a workload is made up; with --history it is what the cluster itself has run.',
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
      name: 'history',
      takes: 'nothing',
      describe: "the cluster's own finished jobs, on its own nodes",
    },
    {
      name: 'since',
      aliases: ['S'],
      takes: 'value',
      placeholder: 'TIME',
      describe: 'only jobs that ran after it: 2026-01-31, now-7days (default: all)',
    },
    {
      name: 'until',
      aliases: ['E'],
      takes: 'value',
      placeholder: 'TIME',
      describe: 'and before it',
    },
    {
      name: 'add-nodes',
      takes: 'value',
      placeholder: 'N',
      describe: 'so many more nodes, of the size that is most common',
    },
    {
      name: 'starts',
      takes: 'value',
      placeholder: 'FILE',
      describe: 'write each job and its start second, one a line (one policy only)',
    },
    {
      name: 'svg',
      takes: 'value',
      placeholder: 'FILE',
      describe: 'draw the schedules: who had the machine when, and how many jobs waited',
    },
    { name: 'json', takes: 'nothing', describe: 'print an array with one object a policy' },
  ],
  examples: [
    ['pibatch sim KTH-SP2.swf.gz', 'every policy on a recorded workload'],
    ['pibatch sim log.swf -p easy,backfill --jobs 5000', 'two of them, the first 5,000 jobs'],
    ['pibatch sim log.swf --nodes 34 --cores 4', 'another machine than the recorded one'],
    ['pibatch sim --history --add-nodes 2 -p easy', 'what would two more Pis, or EASY, have done?'],
    ['pibatch sim --nodes 8 --cores 4 --seed 7', 'a made-up workload for a small cluster'],
    ['pibatch sim log.swf -p easy --starts easy.txt', 'when every job starts'],
    ['pibatch sim log.swf -p easy,predictive --svg both.svg', 'two schedules to look at'],
  ],
  notes:
    'Slowdown is (wait + run) / run with runs of at least 10 s, averaged over jobs. Fairness is 1 when the mean slowdown of all users is the same. Backfilled jobs started while one submitted earlier waited. Jobs without a run time, or larger than the machine, are left out; jobs end at their estimate.',
  run,
};

async function run(args: Arguments, terminal: Terminal): Promise<number> {
  const policies = policiesOf(args.texts('policy'));
  const startsPath = args.text('starts');
  if (startsPath !== undefined && policies.length !== 1) {
    throw badInput(`--starts is for one policy, not ${policies.length}: add --policy easy`);
  }
  const workload = args.flag('history')
    ? await readHistory(args, terminal)
    : readWorkload(args, terminal);
  if (startsPath !== undefined && workload.machines.length > 1) {
    throw badInput('--starts is for one machine: leave --add-nodes, --nodes and --cores out');
  }
  const { rows, schedules } = runAll(workload, { policies, startsPath }, terminal);
  const svgPath = args.text('svg');
  if (svgPath !== undefined) {
    writeTo(svgPath, () => writeFileSync(svgPath, simulationSvg(workload, schedules)));
  }
  if (args.flag('json')) printJson(terminal, rows.map(jsonRow));
  else {
    terminal.print(simulationTable(rows, terminal.cells));
    if (workload.recorded) terminal.print(`\n${answerInWords(rows)}`);
  }
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

/** Errors: CommandFailure that names the file. */
function writeTo<T>(path: string, write: () => T): T {
  try {
    return write();
  } catch (error) {
    throw fileFailure(error, path, 'written');
  }
}

const REPORT_MS = 2_000;

type Compared = { readonly rows: SimulationRow[]; readonly schedules: Schedule[] };

function runAll(
  { trace, machines, recorded }: Workload,
  asked: {
    readonly policies: readonly PolicyName[];
    readonly startsPath: string | undefined;
  },
  terminal: Terminal,
): Compared {
  const total = trace.jobs.length;
  let reportedMs = performance.now();
  const onProgress = (policy: PolicyName, startedJobs: number): void => {
    if (performance.now() - reportedMs < REPORT_MS) return;
    reportedMs = performance.now();
    terminal.tell(`${policy}: ${startedJobs} of ${total} jobs started`);
  };
  const rows: SimulationRow[] = [];
  const schedules: Schedule[] = [];
  const now = machines[0];
  if (recorded && now) {
    const processors = coresOf(now.nodeCores ?? []);
    const machine = now.label;
    rows.push({ policy: 'recorded', machine, ...scoreOf(recorded, processors) });
    schedules.push({ title: 'recorded', processors, started: recorded });
  }
  for (const { label, nodeCores } of machines) {
    const processors = recorded && nodeCores ? coresOf(nodeCores) : trace.processors;
    const onSchedule = (policy: PolicyName, started: Schedule['started']): void => {
      const title = label === '' ? policy : `${policy} on ${label}`;
      schedules.push({ title, processors, started });
    };
    const options = {
      ...asked,
      trace: { ...trace, processors },
      nodeCores,
      onProgress,
      onSchedule,
    };
    const results = writeTo(asked.startsPath ?? '', () => runSimulation(options));
    for (const { policy, jobs } of results) {
      if (jobs < total) terminal.tell(`${policy}: ${total - jobs} of ${total} jobs never fit`);
    }
    rows.push(...results.map((row) => (label === '' ? row : { ...row, machine: label })));
  }
  return { rows, schedules };
}

/**
 * The tour: what a new user does in the first hour, in under a minute. Contract: everything goes
 * through the real commands; it returns what was verified and throws when a command fails.
 */
import { availableParallelism } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CommandRunner } from './commandRunner.ts';
import { examine } from './examination.ts';
import { EXAMPLES, type Example, memberOf, NIGHTLY } from './knownAnswers.ts';
import type { Narrator } from './narrator.ts';
import type { Verdict } from './verdict.ts';

export type TourTools = {
  readonly runner: CommandRunner;
  readonly narrator: Narrator;
  readonly signal: AbortSignal;
  /** Where fetched files go. */
  readonly folder: string;
};

export type TourResult = {
  readonly verdicts: readonly Verdict[];
  /** Rank counts of the scaling sweep. */
  readonly scale: readonly number[];
};

export const TOUR_STEPS = 8;

const NODES = 2;
const SWEPT = 'monte-carlo';
const SWEEP = 'first-sweep';
/** Its ranks talk after every step: the efficiency report has something to say. */
const TALKATIVE = 'heat';
const ACCOUNT_COLUMNS = 'JobID,JobName%14,AllocCPUS,Elapsed,TotalCPU,State,ExitCode';
const LOOK_MS = 2_000;

export async function tour(tools: TourTools): Promise<TourResult> {
  const { narrator, runner } = tools;
  await startCluster(tools);
  const submitted = await submitExamples(tools);
  await watchQueue(tools);

  narrator.step('Check the results');
  narrator.explain(
    'Each kernel has checked its own answer. The demo now compares it with values it knows from elsewhere.',
  );
  const verdicts: Verdict[] = [];
  for (const each of submitted) verdicts.push(await examine(each, tools));
  verdicts.push(await recurringJob(tools));

  const scale = await scalingSweep(tools);
  narrator.step('Look at the accounting');
  narrator.explain('Every job is kept with what its ranks used.');
  await runner.show('piacct', '-X', '-o', ACCOUNT_COLUMNS);
  const talkative = submitted.find(({ example }) => example.name === TALKATIVE)?.job ?? 1;
  await runner.show('piacct', 'efficiency', String(talkative));
  return { verdicts, scale };
}

async function startCluster({ narrator, runner, folder }: TourTools): Promise<void> {
  narrator.step('Start a cluster on this machine');
  narrator.explain(
    `A broker, a scheduler and the agents of ${NODES} nodes that share this machine's cores. ` +
      `All of it lives in ${folder}; outside the demo it would be ~/.pibatch. ` +
      'Commands are shown as typed after `npm link`, or with `npx` before them.',
  );
  await runner.show('pibatch', 'up', '--nodes', String(NODES));
  await runner.show('pinodes');
}

export type Submitted = { readonly example: Example; readonly job: number };

async function submitExamples({ narrator, runner }: TourTools): Promise<Submitted[]> {
  narrator.step('Submit the examples');
  narrator.explain(
    'Kernels are TypeScript: pisub bundles them with the packages they import and ships them by content hash.',
  );
  const submitted: Submitted[] = [];
  for (const example of EXAMPLES) {
    const answer = await runner.show('pisub', example.jobFile);
    submitted.push({ example, job: jobNumber(answer) });
  }
  return submitted;
}

function jobNumber(answer: string): number {
  const [, digits] = /job (\d+)/.exec(answer) ?? [];
  if (digits === undefined) throw new Error(`pisub printed no job number: ${answer}`);
  return Number(digits);
}

async function watchQueue({ narrator, runner, signal }: TourTools): Promise<void> {
  narrator.step('Watch the queue move');
  narrator.explain('R runs; PD waits, with the reason in parentheses.');
  for (;;) {
    const rows = (await runner.show('piqueue')).trim().split('\n').length - 1;
    if (rows === 0) return narrator.explain('Every job has ended.');
    await sleep(LOOK_MS, undefined, { signal });
  }
}

/** Enters the nightly job in the schedule, runs it once at once, and takes it out again. */
async function recurringJob(tools: TourTools): Promise<Verdict> {
  const { narrator, runner } = tools;
  narrator.step('A recurring job');
  narrator.explain('With `schedule:` in its job file a job runs by itself, here every night.');
  await runner.show('pisub', NIGHTLY.jobFile);
  await runner.show('picron', 'next', '-n', '3', NIGHTLY.name);
  await runner.show('picron', 'run', NIGHTLY.name);
  const history: unknown = JSON.parse(
    await runner.run('picron', 'history', '--json', NIGHTLY.name),
  );
  const job = memberOf(history, '0', 'job');
  if (typeof job !== 'number')
    throw new Error(`picron run made no job: ${JSON.stringify(history)}`);
  await runner.show('pilogs', '--follow', String(job));
  await runner.show('picron', 'history', NIGHTLY.name);
  const verdict = await examine({ example: NIGHTLY, job }, tools);
  await runner.show('picron', 'remove', NIGHTLY.name);
  return verdict;
}

async function scalingSweep({ narrator, runner }: TourTools): Promise<number[]> {
  const most = Math.max(NODES, availableParallelism());
  const scale = [1, 2, 4].filter((ranks) => ranks <= most);
  narrator.step('Measure a speedup');
  narrator.explain(
    `The same job on ${scale.join(', ')} ranks, one run each; --repeat 3 gives figures to rely on. ` +
      'piacct fits a law only to enough points, and says how many are missing.',
  );
  const jobFile = EXAMPLES.find(({ name }) => name === SWEPT)?.jobFile ?? '';
  const sweep = ['--scale', scale.join(','), '--group', SWEEP];
  await runner.show('pisub', '--wait', '--parsable', ...sweep, jobFile);
  await runner.ask('piacct', 'speedup', '--group', SWEEP, '--no-plot');
  return scale;
}

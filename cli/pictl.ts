/** pictl: holds and releases jobs, runs them again, takes nodes out of service; shows one job whole. */
import { type Arguments, type Command, runProgram } from './command.ts';
import { badInput, EXIT } from './failure.ts';
import { RESERVE_OPTIONS } from './control/reserveOptions.ts';
import { expandHostlist } from './format/hostlist.ts';
import { didYouMean } from './format/nearest.ts';
import { readJobReferences } from './jobIds.ts';
import type { Session } from './session.ts';
import type { Terminal } from './terminal.ts';

export const pictl: Command = {
  name: 'pictl',
  usage: [
    'hold | release | requeue JOB...',
    'suspend | resume JOB...',
    'update JOB... KEY=VALUE...',
    'drain NODE... --reason WHY',
    'resume NODE...',
    'reserve create NAME --duration TIME --nodes NODES|COUNT [options]',
    'reserve update NAME [options] | remove NAME | list [NAME]',
    'reconfigure',
    'calibrate-power [MODEL --idle WATTS --full WATTS]',
    'prune [--older-than TIME] [--dry-run]',
    'show job JOB | show node NODE | show cluster',
    'show config | show partition|qos|account [NAME]',
  ],
  summary:
    '`hold` keeps waiting jobs from starting until `release`; `requeue` ends a running job and ' +
    'puts it back into the queue; `suspend` stops a running job where it is, with its cores and ' +
    'memory, until `resume`; `update` changes what a waiting job asks for. `drain` gives a ' +
    'node no new work (running jobs go on), `resume` takes it back. `reserve` keeps nodes for ' +
    'some users, or free for maintenance: other jobs start there only if they are over before. ' +
    '`show` prints everything known. `reconfigure` puts in force what cluster.yaml says now, ' +
    'whole or not at all. `calibrate-power` shows the watts that joules are computed from. ' +
    '`prune` removes finished jobs that are kept no longer, and files that no job names.',
  options: [
    {
      name: 'reason',
      aliases: ['r'],
      takes: 'value',
      placeholder: 'WHY',
      describe: 'why the node is drained; shown by pinodes',
    },
    {
      name: 'json',
      takes: 'nothing',
      describe: 'print JSON: an array of what was done, or the object shown',
    },
    {
      name: 'idle',
      takes: 'value',
      placeholder: 'WATTS',
      describe: 'calibrate-power: of one idle board, at the wall',
    },
    {
      name: 'full',
      takes: 'value',
      placeholder: 'WATTS',
      describe: 'calibrate-power: with all its cores busy',
    },
    {
      name: 'older-than',
      takes: 'value',
      placeholder: 'TIME',
      describe:
        'prune: what ended (was stored) longer ago: 90d; default: retention in cluster.yaml',
    },
    {
      name: 'dry-run',
      takes: 'nothing',
      describe: 'prune: only count what would go',
    },
    ...RESERVE_OPTIONS,
  ],
  examples: [
    ['pictl hold 12 20_[4-7]', 'not yet'],
    ['pictl release 12', 'now'],
    ['pictl suspend 12', 'stopped; its time limit waits as well'],
    ['pictl resume 12', 'goes on where it was'],
    ['pictl update 12 time=2h nodes=2-4', 'it waits for something else'],
    ['pictl drain pi3 -r "new SD card"', 'no new work for pi3'],
    [
      'pictl reserve create lab --start 14:00 --duration 2h --nodes 4 --users ann,bob',
      'four nodes',
    ],
    ['pictl reconfigure', 'after a change of cluster.yaml'],
    ['pictl calibrate-power "Raspberry Pi 5" --idle 3.2 --full 10.5', 'what a meter said'],
    ['pictl prune --older-than 365d --dry-run', 'how much of the history is older than a year?'],
    ['pictl show job 12', 'all about one job'],
  ],
  run,
};

const JOB_VERBS = ['hold', 'release', 'requeue', 'suspend'] as const;
const NODE_VERBS = ['drain', 'resume'] as const;
type JobVerb = (typeof JOB_VERBS)[number] | 'resumeJob';
type NodeVerb = (typeof NODE_VERBS)[number];

async function run(args: Arguments, terminal: Terminal): Promise<number> {
  const [word, ...rest] = args.words;
  const jobVerb = JOB_VERBS.find((verb) => verb === word);
  const nodeVerb = NODE_VERBS.find((verb) => verb === word);
  if (word === 'reserve' || word === 'reservations') {
    const { reserve } = await import('./control/reserve.ts');
    return reserve(args, terminal);
  }
  if (word === 'calibrate-power') {
    const { calibratePower } = await import('./control/calibratePower.ts');
    return calibratePower(args, terminal);
  }
  if (word === 'prune') {
    const { prune } = await import('./control/prune.ts');
    return prune(rest, args, terminal);
  }
  const plain = ['reserve', 'reconfigure', 'calibrate-power', 'prune', 'show'];
  const known = [...JOB_VERBS, 'update', ...NODE_VERBS, ...plain];
  if (word === undefined) throw badInput(`say what to do: ${known.join(', ')}; see pictl --help`);
  if (!known.includes(word)) {
    throw badInput(
      `unknown command '${word}'${didYouMean(word, known) || `; known: ${known.join(', ')}`}`,
    );
  }
  if (word === 'reconfigure') return reconfigureCluster(rest, args, terminal);
  if (rest.length === 0) throw badInput(`${word}: name what; see pictl --help`);
  const { withSession } = await import('./session.ts');
  if (word === 'show') {
    const { show } = await import('./show.ts');
    return withSession('pictl', (session) => show(session, { words: rest, args }, terminal));
  }
  if (word === 'update') {
    const { updateOrders } = await import('./update.ts');
    const orders = updateOrders(rest, Date.now());
    return withSession('pictl', (session) => giveAll(session, { orders, args }, terminal));
  }
  const orders = jobVerb
    ? jobOrders(jobVerb, rest)
    : nodeVerb === 'resume'
      ? resumeOrders(rest, args)
      : nodeVerb
        ? nodeOrders(nodeVerb, rest, args)
        : [];
  return withSession('pictl', (session) => giveAll(session, { orders, args }, terminal));
}

async function reconfigureCluster(
  words: readonly string[],
  args: Arguments,
  terminal: Terminal,
): Promise<number> {
  if (words.length > 0) throw badInput(`reconfigure: '${words[0]}' is not expected here`);
  const { withSession } = await import('./session.ts');
  const { reconfigure } = await import('./settingsView.ts');
  return withSession('pictl', (session) => reconfigure(session, args, terminal));
}

type Order = {
  readonly label: string;
  readonly give: (session: Session) => Promise<readonly number[]>;
};

function jobOrders(verb: JobVerb, words: readonly string[]): Order[] {
  return readJobReferences(words).map(({ job, task }) => ({
    label: `${verb === 'resumeJob' ? 'resume' : verb} ${task === undefined ? job : `${job}_${task}`}`,
    give: async (session) => {
      const { pibatch } = await import('../proto/codec.ts');
      const command = { job, task: task ?? null };
      // A repeated requeue would end the new run as well.
      const options = { repeatable: verb !== 'requeue' };
      const request = [pibatch.JobCommand, command] as const;
      return (await session.ask(verb, request, pibatch.Done, options)).jobs;
    },
  }));
}

/** Nodes, or jobs: what is a job id by its form means a job. */
function resumeOrders(words: readonly string[], args: Arguments): Order[] {
  const isJob = (word: string): boolean => /^\d[\d_,[\]%-]*$/.test(word);
  return words.flatMap((word) =>
    isJob(word) ? jobOrders('resumeJob', [word]) : nodeOrders('resume', [word], args),
  );
}

function nodeOrders(verb: NodeVerb, words: readonly string[], args: Arguments): Order[] {
  const why = args.text('reason') ?? '';
  if (verb === 'drain' && why.trim() === '') {
    throw badInput('drain needs --reason WHY, so that others know; such as -r "new SD card"');
  }
  const nodes = words.flatMap((word) => {
    const names = expandHostlist(word);
    if (!names.ok) throw badInput(`nodes: ${names.message}`);
    return names.value;
  });
  return nodes.map((node) => ({
    label: `${verb} ${node}`,
    give: async (session) => {
      const { pibatch } = await import('../proto/codec.ts');
      return (await session.ask(verb, [pibatch.NodeCommand, { node, why }], pibatch.Done)).jobs;
    },
  }));
}

async function giveAll(
  session: Session,
  { orders, args }: { readonly orders: readonly Order[]; readonly args: Arguments },
  terminal: Terminal,
): Promise<number> {
  const { RefusedError } = await import('./session.ts');
  const done: object[] = [];
  let exitCode: number = EXIT.ok;
  for (const { label, give } of orders) {
    try {
      done.push({ order: label, done: true, jobs: await give(session) });
    } catch (error) {
      if (!(error instanceof RefusedError)) throw error;
      done.push({ order: label, done: false, error: error.message });
      exitCode = Math.max(exitCode, error.exitCode);
      terminal.tell(`pictl: ${label}: ${error.message}`);
    }
  }
  if (args.flag('json')) {
    const { printJson } = await import('./json.ts');
    printJson(terminal, done);
  }
  return exitCode;
}

if (process.argv[1] === import.meta.filename) await runProgram(pictl, process.argv.slice(2));

/** pictl: holds and releases jobs, runs them again, takes nodes out of service; shows one job whole. */
import { type Arguments, type Command, runProgram } from './command.ts';
import { badInput, EXIT } from './failure.ts';
import { expandHostlist } from './format/hostlist.ts';
import { didYouMean } from './format/nearest.ts';
import { readJobReferences } from './jobIds.ts';
import type { Session } from './session.ts';
import type { Terminal } from './terminal.ts';

export const pictl: Command = {
  name: 'pictl',
  usage: [
    'hold | release | requeue JOB...',
    'drain NODE... --reason WHY',
    'resume NODE...',
    'show job JOB | show node NODE | show cluster',
  ],
  summary:
    '`hold` keeps waiting jobs from starting until `release`; `requeue` ends a running job and ' +
    'puts it back into the queue. `drain` gives a node no new work (running jobs go on), ' +
    '`resume` takes it back. `show` prints everything known.',
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
  ],
  examples: [
    ['pictl hold 12 20_[4-7]', 'not yet'],
    ['pictl release 12', 'now'],
    ['pictl drain pi3 -r "new SD card"', 'no new work for pi3'],
    ['pictl show job 12', 'all about one job'],
  ],
  run,
};

const JOB_VERBS = ['hold', 'release', 'requeue'] as const;
const NODE_VERBS = ['drain', 'resume'] as const;
type JobVerb = (typeof JOB_VERBS)[number];
type NodeVerb = (typeof NODE_VERBS)[number];

async function run(args: Arguments, terminal: Terminal): Promise<number> {
  const [word, ...rest] = args.words;
  const jobVerb = JOB_VERBS.find((verb) => verb === word);
  const nodeVerb = NODE_VERBS.find((verb) => verb === word);
  const known = [...JOB_VERBS, ...NODE_VERBS, 'show'];
  if (word === undefined) throw badInput(`say what to do: ${known.join(', ')}; see pictl --help`);
  if (!jobVerb && !nodeVerb && word !== 'show') {
    throw badInput(
      `unknown command '${word}'${didYouMean(word, known) || `; known: ${known.join(', ')}`}`,
    );
  }
  if (rest.length === 0) throw badInput(`${word}: name what; see pictl --help`);
  const { withSession } = await import('./session.ts');
  if (word === 'show') {
    const { show } = await import('./show.ts');
    return withSession('pictl', (session) => show(session, { words: rest, args }, terminal));
  }
  const orders = jobVerb
    ? jobOrders(jobVerb, rest)
    : nodeVerb
      ? nodeOrders(nodeVerb, rest, args)
      : [];
  return withSession('pictl', (session) => giveAll(session, { orders, args }, terminal));
}

type Order = {
  readonly label: string;
  readonly give: (session: Session) => Promise<readonly number[]>;
};

function jobOrders(verb: JobVerb, words: readonly string[]): Order[] {
  return readJobReferences(words).map(({ job, task }) => ({
    label: `${verb} ${task === undefined ? job : `${job}_${task}`}`,
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

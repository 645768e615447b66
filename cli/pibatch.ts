/** pibatch: the cluster itself, started, stopped, looked at. */
import { type Command, runProgram } from './command.ts';
import { didYouMean } from './format/nearest.ts';

type Loader = { readonly load: () => Promise<Command>; readonly does: string };

const SUBCOMMANDS: ReadonlyMap<string, Loader> = new Map([
  [
    'up',
    {
      load: async () => (await import('./pibatch/up.ts')).up,
      does: 'start a cluster on this machine, or what is missing of it',
    },
  ],
  [
    'down',
    {
      load: async () => (await import('./pibatch/down.ts')).down,
      does: 'stop it; jobs, history and keys are kept',
    },
  ],
  [
    'status',
    { load: async () => (await import('./pibatch/status.ts')).status, does: 'say what runs' },
  ],
  [
    'doctor',
    {
      load: async () => (await import('./pibatch/doctor.ts')).doctor,
      does: 'check everything and say how to cure what is wrong',
    },
  ],
  [
    'backup',
    {
      load: async () => (await import('./pibatch/backup.ts')).backup,
      does: 'copy the journal of the scheduler, while it runs',
    },
  ],
  [
    'restore',
    {
      load: async () => (await import('./pibatch/restore.ts')).restore,
      does: 'put such a copy in place of a journal that is lost',
    },
  ],
  [
    'sim',
    {
      load: async () => (await import('./pibatch/sim.ts')).sim,
      does: 'replay a workload under several policies and compare them',
    },
  ],
]);

const overview: Command = {
  name: 'pibatch',
  usage: [`${[...SUBCOMMANDS.keys()].join('|')} [options]`],
  summary: `The cluster of this machine.\n\n${[...SUBCOMMANDS]
    .map(([name, { does }]) => `  ${name.padEnd(8)} ${does}`)
    .join('\n')}`,
  options: [],
  examples: [
    ['pibatch up', 'two nodes, which split the cores of this machine'],
    ['pibatch up --help', 'more about one of them'],
  ],
  run: async (_args, terminal) => {
    terminal.tell("pibatch: what shall it do? 'pibatch up' starts a cluster; see pibatch --help");
    return 2;
  },
};

const [word = '', ...rest] = process.argv.slice(2);
const found = SUBCOMMANDS.get(word);
if (found) await runProgram(await found.load(), rest);
else if (word === '' || word.startsWith('-')) await runProgram(overview, process.argv.slice(2));
else {
  const guess = didYouMean(word, [...SUBCOMMANDS.keys()]);
  process.stderr.write(`pibatch: there is no '${word}'${guess}; see pibatch --help\n`);
  process.exitCode = 2;
}

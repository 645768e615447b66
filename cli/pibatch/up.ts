/** pibatch up: a whole cluster on this machine, for daily use. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { exampleConfiguration } from '../../scheduler/live/configuration/example.ts';
import { settingsFile } from '../../scheduler/live/settingsFile.ts';
import type { Arguments, Command } from '../command.ts';
import { badInput, CommandFailure, EXIT } from '../failure.ts';
import { compressIndexSet } from '../format/ranges.ts';
import type { Terminal } from '../terminal.ts';
import { runningBroker } from './broker.ts';
import {
  chosenHome,
  type ClusterHome,
  clusterHome,
  type ClusterPlan,
  readPlan,
} from './clusterHome.ts';
import { asClusterFailure } from './clusterFailure.ts';
import { type ClusterStarted, startCluster } from './clusterStart.ts';
import { coresAreShared, shareMachine } from './coreShare.ts';
import { runningDaemon } from './daemon.ts';
import { externalBroker, withoutPassword } from './externalBroker.ts';
import { machineShape } from './machineShape.ts';
import { existingUser, userToken } from './members.ts';
import { agentDaemon, schedulerDaemon } from './programs.ts';

const MOST_NODES = 64;
const DEFAULT_NODES = 2;

export const up: Command = {
  name: 'pibatch up',
  usage: ['[--nodes N] [--cores-per-node K] [--home DIR]'],
  summary:
    'Starts a cluster on this machine: broker, scheduler and node agents, on loopback only.\n' +
    'What already runs is kept, what died is started again; jobs, history and keys survive.',
  options: [
    {
      name: 'nodes',
      takes: 'value',
      placeholder: 'N',
      describe: `node agents to run (${DEFAULT_NODES}); they share out the cores of this machine`,
    },
    {
      name: 'cores-per-node',
      takes: 'value',
      placeholder: 'K',
      describe: 'cores of each node (all cores, split evenly)',
    },
    {
      name: 'home',
      takes: 'value',
      placeholder: 'DIR',
      describe: 'where the cluster lives ($PIBATCH_HOME, else ~/.pibatch)',
    },
    { name: 'json', takes: 'nothing', describe: 'print one JSON object' },
  ],
  examples: [
    ['pibatch up', 'two nodes, which split the cores'],
    ['pibatch up --nodes 4 --cores-per-node 1', 'four nodes of one core'],
    ['NATS_URL=nats://pi1:4222 pibatch up', 'with a broker of your own'],
  ],
  notes:
    'A new number of nodes or cores needs `pibatch down` first. With $NATS_URL no broker is\n' +
    'started; docs/external-broker.md says what that one must allow.',
  run,
};

async function run(args: Arguments, terminal: Terminal): Promise<number> {
  if (args.words.length > 0) throw badInput(`'${args.words[0]}' is not expected here`);
  const home = clusterHome(chosenHome(args.text('home'), process.env));
  const external = externalBroker(process.env);
  const interruption = new AbortController();
  const interrupt = (): void =>
    interruption.abort(
      new CommandFailure(EXIT.interrupted, 'interrupted; what it started is stopped'),
    );
  process.on('SIGINT', interrupt);
  process.on('SIGTERM', interrupt);
  try {
    const plan = choosePlan(home, args);
    const user = existingUser(home) ?? userToken();
    writeSettingsOnce(home, user);
    const started = await startCluster({
      home,
      plan,
      user,
      externalBroker: external,
      environment: process.env,
      tell: terminal.tell,
      signal: interruption.signal,
    });
    if (args.flag('json')) terminal.print(`${JSON.stringify(asJson(home, plan, started))}\n`);
    else report(home, plan, started, terminal);
    return EXIT.ok;
  } catch (error) {
    throw asClusterFailure(error);
  } finally {
    process.off('SIGINT', interrupt);
    process.off('SIGTERM', interrupt);
  }
}

/** The plan on disk unless the options ask for another; that needs a cluster which is down. */
function choosePlan(home: ClusterHome, args: Arguments): ClusterPlan {
  const machine = machineShape();
  const known = readPlan(home);
  const nodes = wholeNumber(args, 'nodes', MOST_NODES);
  const coresPerNode = wholeNumber(args, 'cores-per-node', machine.cores.length);
  if (known && nodes === undefined && coresPerNode === undefined) return known;
  const count = nodes ?? known?.nodes.length ?? DEFAULT_NODES;
  const wanted = {
    cluster: known?.cluster ?? 'local',
    nodes: shareMachine(machine, { nodes: count, coresPerNode }),
  };
  const shape = (plan: ClusterPlan): string =>
    plan.nodes.map(({ name, cores }) => `${name}:${cores.join(',')}`).join(' ');
  if (known && shape(known) !== shape(wanted) && anythingRuns(home, known))
    throw new CommandFailure(
      EXIT.refused,
      `the cluster runs as ${describe(known)}; to have ${describe(wanted)}, run 'pibatch down' first`,
    );
  return wanted;
}

const describe = ({ nodes }: ClusterPlan): string =>
  nodes.map(({ name, cores }) => `${name} (cores ${compressIndexSet(cores)})`).join(', ');

const anythingRuns = (home: ClusterHome, plan: ClusterPlan): boolean =>
  runningBroker(home.broker) !== undefined ||
  [schedulerDaemon(home), ...plan.nodes.map((node) => agentDaemon(home, node))].some(
    (daemon) => runningDaemon(daemon) !== undefined,
  );

function wholeNumber(args: Arguments, option: string, most: number): number | undefined {
  const text = args.text(option);
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < 1 || value > most)
    throw badInput(`--${option} is '${text}': give a whole number from 1 to ${most}`);
  return value;
}

/** Who made the cluster administers it; edits by hand are kept. */
function writeSettingsOnce(home: ClusterHome, user: string): void {
  if (existsSync(settingsFile(home.scheduler))) return;
  mkdirSync(home.scheduler, { recursive: true, mode: 0o700 });
  writeFileSync(home.settings, exampleConfiguration(user));
}

function report(
  home: ClusterHome,
  plan: ClusterPlan,
  started: ClusterStarted,
  terminal: Terminal,
): void {
  const fresh = started.programs.some(({ wasRunning }) => !wasRunning);
  const lines = [
    `Cluster '${plan.cluster}' ${fresh ? 'is up' : 'was already up'}: ${describe(plan)}`,
    `  broker ${withoutPassword(started.server)}, files in ${home.root}`,
  ];
  if (coresAreShared(plan.nodes))
    lines.push('  Nodes share cores: speedups measured here say little.');
  if (started.resumedNodes.length > 0)
    lines.push(`  Resumed after 'pibatch down': ${started.resumedNodes.join(', ')}`);
  const other =
    chosenHome(undefined, process.env) === home.root ? '' : `export PIBATCH_HOME=${home.root}\n  `;
  // As they came: who typed npx has no commands on the PATH.
  const npx = process.env['npm_command'] === 'exec' ? 'npx ' : '';
  lines.push(
    'Next:',
    `  ${other}${npx}pisub --wait examples/hello/job.yaml    a first job`,
    `  ${npx}pinodes    the nodes;    ${npx}piqueue    the queue`,
    `  ${npx}pibatch down    stops everything; jobs, history and keys are kept`,
  );
  terminal.print(`${lines.join('\n')}\n`);
}

const asJson = (home: ClusterHome, plan: ClusterPlan, started: ClusterStarted): object => ({
  cluster: plan.cluster,
  home: home.root,
  connection: home.clientConnection,
  server: withoutPassword(started.server),
  programs: started.programs,
  nodes: plan.nodes,
});

/**
 * A private cluster for a test: a real nats-server, pischedd and node agents from dist/, in a
 * temporary home. Contract: everything it started, job hosts too, is ended by `stop()`, and by
 * reaper.mjs when the test process dies before that.
 */
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  findBrokerBinary,
  runningBroker,
  startBroker,
  stopBroker,
} from '../../cli/pibatch/broker.ts';
import {
  type ClusterHome,
  clusterHome,
  type ClusterPlan,
  nodeHome,
  type PlannedNode,
} from '../../cli/pibatch/clusterHome.ts';
import { nodeFolders, startCluster as bringUp } from '../../cli/pibatch/clusterStart.ts';
import { type Daemon, runningDaemon, startDaemon, stopDaemon } from '../../cli/pibatch/daemon.ts';
import { endJobHosts } from '../../cli/pibatch/jobHosts.ts';
import { brokerMembers, clusterMembers, userToken } from '../../cli/pibatch/members.ts';
import { endProcess, signal, waitUntilGone } from '../../cli/pibatch/endProcess.ts';
import { agentDaemon, packageFolder, schedulerDaemon } from '../../cli/pibatch/programs.ts';
import type { Settings } from '../../scheduler/model/cluster.ts';

export type ClusterOptions = {
  /** Cores may be pretended ones; memory is what the agent finds unless given. */
  readonly nodes: readonly PlannedNode[];
  readonly settings?: Partial<Settings>;
};

export type Finished = { readonly code: number; readonly stdout: string; readonly stderr: string };
export type RunOptions = {
  readonly stdin?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly timeoutMs?: number;
  /** Sent to the command after `afterMs`, or as soon as it has said something on stdout. */
  readonly interrupt?: { readonly signal: NodeJS.Signals } & (
    | { readonly afterMs: number }
    | { readonly said: RegExp }
  );
};

const RUN_TIMEOUT_MS = 150_000;
const GONE_WAIT_MS = 10_000;
const STOP_GRACE_MS = 2000;

/** A killed vitest leaves its workers alone in the world: the clusters must not outlive it. */
process.once('disconnect', () => process.exit(1));

export async function startCluster(options: ClusterOptions): Promise<LiveCluster> {
  const cluster = new LiveCluster(options);
  try {
    await cluster.up();
    return cluster;
  } catch (error) {
    await cluster.stop();
    throw error;
  }
}

export class LiveCluster {
  readonly home: string;
  readonly connectionPath: string;
  readonly user = userToken();
  /** Of the scheduler ('scheduler') and the agents (their nodes), from their next start by this. */
  environmentOf: ((member: string) => Readonly<Record<string, string>>) | undefined;
  private readonly layout: ClusterHome;
  private readonly plan: ClusterPlan;
  private readonly reaper: { release(): void };

  constructor({ nodes, settings }: ClusterOptions) {
    this.home = mkdtempSync(join(tmpdir(), 'pibatch-test-'));
    this.reaper = startReaper(this.home);
    this.layout = clusterHome(this.home);
    this.connectionPath = this.layout.clientConnection;
    this.plan = { cluster: 'test', nodes };
    mkdirSync(this.layout.scheduler, { recursive: true });
    const clusterJson = { users: { [this.user]: 'admin' }, ...settings };
    writeFileSync(this.layout.settings, JSON.stringify(clusterJson));
  }

  /** Starts what does not run and waits until every node has reported. */
  async up(): Promise<void> {
    await bringUp({
      home: this.layout,
      plan: this.plan,
      user: this.user,
      externalBroker: undefined,
      environment: process.env,
      tell: () => undefined,
      signal: new AbortController().signal,
    });
  }

  /** Runs a command of dist/cli as the user would; a command that hangs is killed, code -1. */
  async run(command: string, args: readonly string[], options: RunOptions = {}): Promise<Finished> {
    const program = join(packageFolder(), 'dist/cli', `${command}.js`);
    const child = spawn(process.execPath, [program, ...args], {
      cwd: options.cwd ?? packageFolder(),
      env: { ...plainEnvironment(), PIBATCH_HOME: this.home, ...options.env },
    });
    let stdout = '';
    let stderr = '';
    const { interrupt } = options;
    let isInterrupted = interrupt === undefined || 'afterMs' in interrupt;
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
      if (isInterrupted || !interrupt || 'afterMs' in interrupt) return;
      isInterrupted = interrupt.said.test(stdout);
      if (isInterrupted) child.kill(interrupt.signal);
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    child.stdin.on('error', () => undefined);
    child.stdin.end(options.stdin ?? '');
    const kill = setTimeout(() => child.kill('SIGKILL'), options.timeoutMs ?? RUN_TIMEOUT_MS);
    const poke =
      interrupt && 'afterMs' in interrupt
        ? setTimeout(() => child.kill(interrupt.signal), interrupt.afterMs)
        : undefined;
    const code = await new Promise<number>((resolve) => {
      child.once('close', (exitCode) => resolve(exitCode ?? -1));
    });
    clearTimeout(kill);
    clearTimeout(poke);
    return { code, stdout, stderr };
  }

  nodeHome(name: string): string {
    return nodeHome(this.layout, name);
  }

  async killScheduler(name: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    await this.kill(schedulerDaemon(this.layout), name);
  }

  /** Returns when it answers. */
  async startScheduler(): Promise<void> {
    await this.up();
  }

  /** Returns at once. */
  runScheduler(): void {
    const environment = this.environmentOf?.('scheduler');
    startDaemon({ ...schedulerDaemon(this.layout), environment });
  }

  async killAgent(node: string, name: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    await this.kill(this.agent(node), name);
  }

  /** Returns at once: what it does first may be what the test wants to see. */
  startAgent(node: string): void {
    startDaemon({ ...this.agent(node), environment: this.environmentOf?.(node) });
  }

  /** Undefined when it does not run. */
  pidOf(program: 'broker' | 'scheduler' | { readonly agent: string }): number | undefined {
    if (program === 'broker') return runningBroker(this.layout.broker)?.process.pid;
    if (program === 'scheduler') return runningDaemon(schedulerDaemon(this.layout))?.pid;
    return runningDaemon(this.agent(program.agent))?.pid;
  }

  async killBroker(): Promise<void> {
    const running = runningBroker(this.layout.broker);
    if (running) await endProcess(running.process, { graceMs: 0 });
  }

  /** On the port it had. */
  async startBroker(): Promise<void> {
    await startBroker({
      folder: this.layout.broker,
      binary: findBrokerBinary(process.env),
      members: brokerMembers(clusterMembers(this.layout, this.plan, this.user)),
    });
  }

  /** Ends everything, job hosts too, and removes the home. May be called twice. */
  async stop(): Promise<void> {
    const stops = [
      ...this.plan.nodes.map(({ name }) => this.agent(name)),
      schedulerDaemon(this.layout),
    ].map((daemon) => stopDaemon(daemon, { graceMs: STOP_GRACE_MS }));
    await Promise.all(stops);
    await endJobHosts(nodeFolders(this.layout, this.plan), { graceMs: STOP_GRACE_MS });
    await stopBroker(this.layout.broker);
    rmSync(this.home, { recursive: true, force: true, maxRetries: 10 });
    this.reaper.release();
  }

  private agent(name: string): Daemon {
    const node = this.plan.nodes.find((planned) => planned.name === name);
    if (!node) throw new Error(`the cluster has no node ${name}`);
    return agentDaemon(this.layout, node);
  }

  private async kill(daemon: Daemon, name: NodeJS.Signals): Promise<void> {
    const running = runningDaemon(daemon);
    if (!running) throw new Error(`the ${daemon.what} does not run`);
    signal(running, name);
    // Stopped (SIGSTOP) processes stay.
    if (name !== 'SIGSTOP' && name !== 'SIGCONT' && !(await waitUntilGone(running, GONE_WAIT_MS)))
      throw new Error(`the ${daemon.what} is still there after ${name}`);
  }
}

/** Without what this test run was given for itself. */
function plainEnvironment(): NodeJS.ProcessEnv {
  const unwanted = /^(PIBATCH_|SLURM_|NODE_OPTIONS$|VITEST|NATS_URL$|NO_COLOR$|FORCE_COLOR$)/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !unwanted.test(name)));
}

/** Ends the cluster when this process is gone: its standard input closes then. */
function startReaper(home: string): { release(): void } {
  const child = spawn(process.execPath, [join(packageFolder(), 'test/live/reaper.mjs'), home], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  child.unref();
  const { stdin } = child;
  stdin.on('error', () => undefined);
  if ('unref' in stdin && typeof stdin.unref === 'function') stdin.unref();
  return { release: () => stdin.end() };
}

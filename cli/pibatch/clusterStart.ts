/**
 * Brings a private cluster up: keys, broker, scheduler, agents, in this order, until every node has
 * reported. Contract: what runs is kept, what died is started again; when it fails or is
 * interrupted, what it started itself is stopped.
 */
import { mkdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { connectBus } from '../../proto/bus.ts';
import { BusTimeoutError, NoSuchServiceError } from '../../proto/busError.ts';
import { pibatch } from '../../proto/codec.ts';
import { readConnection } from '../../proto/connection.ts';
import { findBrokerBinary, runningBroker, startBroker, stopBroker } from './broker.ts';
import { type ClusterHome, type ClusterPlan, nodeHome, writePlan } from './clusterHome.ts';
import { ClusterQuestions } from './clusterQuestion.ts';
import { type Daemon, daemonFailed, runningDaemon, startDaemon, stopDaemon } from './daemon.ts';
import { brokerMembers, clusterMembers, type Member, writeMemberConnection } from './members.ts';
import { agentDaemon, schedulerDaemon } from './programs.ts';

export type StartOptions = {
  readonly home: ClusterHome;
  readonly plan: ClusterPlan;
  readonly user: string;
  /** A broker of the user's own (`$NATS_URL`): then none is started. */
  readonly externalBroker: string | undefined;
  readonly environment: NodeJS.ProcessEnv;
  readonly tell: (line: string) => void;
  readonly signal: AbortSignal;
};

export type Started = { readonly what: string; readonly pid: number; readonly wasRunning: boolean };
export type ClusterStarted = {
  readonly server: string;
  readonly programs: readonly Started[];
  readonly resumedNodes: readonly string[];
};

/** Why `pibatch down` drains, so that `up` may undo it and nothing else. */
export const DOWN_REASON = 'pibatch down';

const READY_WAIT_MS = 60_000;
const STOP_GRACE_MS = 10_000;

/** Everything runs, but somebody did not report in time. */
export class NotReadyError extends Error {
  override readonly name = 'NotReadyError';
}

/** Throws BrokerError, DaemonError, NotReadyError, ConnectionError, and the reason of `signal`. */
export async function startCluster(options: StartOptions): Promise<ClusterStarted> {
  const launch = new ClusterStart(options);
  try {
    return await launch.run();
  } catch (error) {
    await launch.undo();
    throw error;
  }
}

class ClusterStart {
  private readonly options: StartOptions;
  private readonly programs: Started[] = [];
  private readonly undoing: (() => Promise<unknown>)[] = [];

  constructor(options: StartOptions) {
    this.options = options;
  }

  async run(): Promise<ClusterStarted> {
    const { home, plan, user } = this.options;
    mkdirSync(home.root, { recursive: true, mode: 0o700 });
    writePlan(home, plan);
    const members = clusterMembers(home, plan, user);
    const server = this.options.externalBroker ?? (await this.startOwnBroker(members));
    const changed = members.filter((member) =>
      writeMemberConnection(member, { cluster: plan.cluster, server }),
    );
    await this.prepareFiles(members);
    const scheduler = schedulerDaemon(home);
    const agents = plan.nodes.map((node) => agentDaemon(home, node));
    // A program with an old address in its hands would dial it for ever; jobs do not notice.
    if (changed.length > 0)
      for (const daemon of [scheduler, ...agents])
        await stopDaemon(daemon, { graceMs: STOP_GRACE_MS });
    this.start(scheduler);
    const questions = await ClusterQuestions.connect(home.clientConnection);
    try {
      const schedulerSinceMs = await this.untilSchedulerAnswers(questions, scheduler);
      for (const agent of agents) this.start(agent);
      const resumedNodes = await this.untilNodesReport(questions, agents, schedulerSinceMs);
      return { server, programs: this.programs, resumedNodes };
    } finally {
      await questions.close();
    }
  }

  /** In reverse; only what this call started. */
  async undo(): Promise<void> {
    for (const stop of this.undoing.toReversed()) await stop();
  }

  private async startOwnBroker(members: readonly Member[]): Promise<string> {
    const { home, environment } = this.options;
    const wasRunning = runningBroker(home.broker) !== undefined;
    const binary = wasRunning ? '' : findBrokerBinary(environment);
    if (!wasRunning) this.undoing.push(() => stopBroker(home.broker));
    const folder = home.broker;
    const broker = await startBroker({ folder, binary, members: brokerMembers(members) });
    this.record('broker', broker.process.pid, wasRunning);
    return broker.url;
  }

  private async prepareFiles(members: readonly Member[]): Promise<void> {
    const scheduler = members.find(({ principal }) => principal.kind === 'scheduler');
    if (!scheduler) throw new Error('a cluster has a scheduler');
    const bus = await connectBus({
      connection: readConnection(scheduler.connectionPath),
      name: 'pibatch up',
      waitForBroker: false,
      onTrouble: ({ kind, detail }) => this.options.tell(`broker: ${kind}: ${detail}`),
    });
    try {
      await bus.prepareBlobs();
    } finally {
      await bus.close();
    }
  }

  private start(daemon: Daemon): void {
    this.options.signal.throwIfAborted();
    const wasRunning = runningDaemon(daemon) !== undefined;
    if (!wasRunning) this.undoing.push(() => stopDaemon(daemon, { graceMs: STOP_GRACE_MS }));
    const { pid } = startDaemon(daemon);
    this.record(daemon.what, pid, wasRunning);
  }

  private record(what: string, pid: number, wasRunning: boolean): void {
    this.programs.push({ what, pid, wasRunning });
    this.options.tell(`${what}: ${wasRunning ? 'already running' : 'started'} (process ${pid})`);
  }

  /** Since when it has been answering, in Unix milliseconds. */
  private async untilSchedulerAnswers(
    questions: ClusterQuestions,
    scheduler: Daemon,
  ): Promise<number> {
    return this.untilReady([scheduler], async () => {
      const question = [pibatch.GetCluster, {}] as const;
      const answer = await questions.ask('cluster', question, pibatch.ClusterInfo, 1000);
      return answer.startedMs ?? 0;
    });
  }

  /** Nodes that the last `down` drained are resumed and returned. */
  private async untilNodesReport(
    questions: ClusterQuestions,
    agents: readonly Daemon[],
    sinceMs: number,
  ): Promise<readonly string[]> {
    const names = new Set(this.options.plan.nodes.map(({ name }) => name));
    const rows = await this.untilReady(agents, async () => {
      const question = [pibatch.ListNodes, {}] as const;
      const { nodes } = await questions.ask('nodes', question, pibatch.NodeList, 1000);
      const heard = (nodes ?? []).filter(
        ({ name, heardMs }) => names.has(name ?? '') && (heardMs ?? 0) >= sinceMs,
      );
      return heard.length === names.size ? heard : undefined;
    });
    const drained = rows.flatMap(({ name, reason, state }) =>
      name && isOurDrain(reason ?? '') && state?.startsWith('dr') ? [name] : [],
    );
    for (const node of drained)
      await questions.ask('resume', [pibatch.NodeCommand, { node }], pibatch.Done, 10_000);
    return drained;
  }

  private async untilReady<T>(
    daemons: readonly Daemon[],
    look: () => Promise<T | undefined>,
  ): Promise<T> {
    const { signal } = this.options;
    const startedMs = performance.now();
    while (performance.now() - startedMs < READY_WAIT_MS) {
      signal.throwIfAborted();
      const dead = daemons.find((daemon) => !runningDaemon(daemon));
      if (dead) throw daemonFailed(dead);
      try {
        const found = await look();
        if (found !== undefined) return found;
      } catch (error) {
        if (!(error instanceof NoSuchServiceError || error instanceof BusTimeoutError)) throw error;
      }
      await sleep(50, undefined, { signal }).catch(() => undefined);
    }
    const names = daemons.map(({ what, logFile }) => `${what} (${logFile})`).join(', ');
    throw new NotReadyError(`not ready after ${READY_WAIT_MS / 1000} s: ${names}`);
  }
}

/** Reasons are joined by semicolons, each perhaps with who gave it: `why [by]`. */
const isOurDrain = (reason: string): boolean =>
  reason.split('; ').every((why) => why === DOWN_REASON || why.startsWith(`${DOWN_REASON} [`));

/** The folders of all nodes of a plan. */
export const nodeFolders = (home: ClusterHome, plan: ClusterPlan): readonly string[] =>
  plan.nodes.map(({ name }) => nodeHome(home, name));

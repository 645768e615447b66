/** What runs of a private cluster, and what it says of itself. */
import { pibatch } from '../../proto/codec.ts';
import { readConnection } from '../../proto/connection.ts';
import { runningBroker } from './broker.ts';
import type { ClusterHome, ClusterPlan } from './clusterHome.ts';
import { ClusterQuestions } from './clusterQuestion.ts';
import { runningDaemon } from './daemon.ts';
import { withoutPassword } from './externalBroker.ts';
import { agentDaemon, schedulerDaemon } from './programs.ts';

export type NodeStatus = {
  readonly name: string;
  readonly cores: readonly number[];
  /** Of the agent; null when it does not run. */
  readonly pid: number | null;
  /** As the scheduler sees it; null when it cannot be asked. */
  readonly state: string | null;
  readonly reason: string;
  readonly warnings: readonly string[];
};

export type ClusterStatus = {
  readonly cluster: string;
  readonly home: string;
  /** `pid` null: it does not run, or is not ours (`$NATS_URL`). */
  readonly broker: { readonly pid: number | null; readonly server: string; readonly own: boolean };
  readonly scheduler: {
    readonly pid: number | null;
    readonly version: string | null;
    readonly liveJobs: number | null;
    /** Why it could not be asked; empty when it answered. */
    readonly problem: string;
  };
  readonly nodes: readonly NodeStatus[];
};

const DEADLINE_MS = 3000;

/** Throws ConnectionError when the cluster has no client connection. */
export async function clusterStatus(home: ClusterHome, plan: ClusterPlan): Promise<ClusterStatus> {
  const broker = runningBroker(home.broker);
  const { servers } = readConnection(home.clientConnection);
  const server = servers[0] ?? '';
  const answer = await ask(home);
  const nodes = plan.nodes.map((node): NodeStatus => {
    const row = answer.nodes.find(({ name }) => name === node.name);
    return {
      name: node.name,
      cores: node.cores,
      pid: runningDaemon(agentDaemon(home, node))?.pid ?? null,
      state: row?.state ?? null,
      reason: row?.reason ?? '',
      warnings: row?.facts?.warnings ?? [],
    };
  });
  return {
    cluster: plan.cluster,
    home: home.root,
    broker: {
      pid: broker?.process.pid ?? null,
      server: withoutPassword(server),
      own: broker === undefined ? server.startsWith('nats://127.0.0.1:') : broker.url === server,
    },
    scheduler: {
      pid: runningDaemon(schedulerDaemon(home))?.pid ?? null,
      version: answer.info?.version ?? null,
      liveJobs: answer.info ? (answer.info.liveJobs ?? 0) : null,
      problem: answer.problem,
    },
    nodes,
  };
}

type Answer = {
  readonly info: pibatch.ClusterInfo | undefined;
  readonly nodes: readonly pibatch.NodeRow.$Properties[];
  readonly problem: string;
};

async function ask(home: ClusterHome): Promise<Answer> {
  const questions = await ClusterQuestions.connect(home.clientConnection);
  try {
    const info = await questions.ask(
      'cluster',
      [pibatch.GetCluster, {}],
      pibatch.ClusterInfo,
      DEADLINE_MS,
    );
    const list = await questions.ask(
      'nodes',
      [pibatch.ListNodes, {}],
      pibatch.NodeList,
      DEADLINE_MS,
    );
    return { info, nodes: list.nodes ?? [], problem: '' };
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    return { info: undefined, nodes: [], problem };
  } finally {
    await questions.close();
  }
}

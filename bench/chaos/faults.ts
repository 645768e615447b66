/** What a chaos run does to the processes of a real cluster; each returns when it is undone. */
import { setTimeout as sleep } from 'node:timers/promises';
import { liveJobHosts } from '../../cli/pibatch/jobHosts.ts';
import { signal } from '../../cli/pibatch/endProcess.ts';
import type { Random } from '../../scheduler/sim/random.ts';
import type { LiveCluster } from '../../test/live/cluster.ts';

const KINDS = [
  'schedulerKill',
  'agentKill',
  'agentKill',
  'brokerKill',
  'hostKill',
  'schedulerStop',
  'agentStop',
  'brokerStop',
] as const;
export type FaultKind = (typeof KINDS)[number];

const LONGEST_AWAY_MS = 800;

export async function breakSomething(
  cluster: LiveCluster,
  nodes: readonly string[],
  random: Random,
): Promise<FaultKind> {
  const kind = random.pick(KINDS) ?? 'agentKill';
  const node = random.pick(nodes) ?? '';
  const awayMs = random.whole(50, LONGEST_AWAY_MS);
  switch (kind) {
    case 'schedulerKill':
      await cluster.killScheduler();
      await sleep(awayMs);
      cluster.runScheduler();
      break;
    case 'agentKill':
      await cluster.killAgent(node);
      await sleep(awayMs);
      cluster.startAgent(node);
      break;
    case 'brokerKill':
      await cluster.killBroker();
      await sleep(awayMs);
      await cluster.startBroker();
      break;
    case 'hostKill': {
      const host = random.pick(liveJobHosts(cluster.nodeHome(node)));
      if (host) signal(host, 'SIGKILL');
      break;
    }
    case 'schedulerStop':
      await stopAndGo(cluster.pidOf('scheduler'), awayMs);
      break;
    case 'agentStop':
      await stopAndGo(cluster.pidOf({ agent: node }), awayMs);
      break;
    case 'brokerStop':
      await stopAndGo(cluster.pidOf('broker'), awayMs);
      break;
  }
  return kind;
}

async function stopAndGo(pid: number | undefined, forMs: number): Promise<void> {
  if (pid === undefined) return;
  process.kill(pid, 'SIGSTOP');
  await sleep(forMs);
  process.kill(pid, 'SIGCONT');
}

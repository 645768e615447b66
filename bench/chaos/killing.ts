/** Processes of a cluster are killed (-9) or stopped, and started or continued soon after. */
import { setTimeout as sleep } from 'node:timers/promises';
import { signal } from '../../cli/pibatch/endProcess.ts';
import { liveJobHosts } from '../../cli/pibatch/jobHosts.ts';
import type { Random } from '../../scheduler/sim/random.ts';
import type { LiveCluster } from '../../test/live/cluster.ts';
import type { Fault } from './fault.ts';

const LONGEST_AWAY_MS = 800;
export const awayMs = (random: Random): number => random.whole(50, LONGEST_AWAY_MS);

export function killing(cluster: LiveCluster, nodes: readonly string[]): readonly Fault[] {
  const oneOf = (random: Random): string => random.pick(nodes) ?? '';
  return [
    {
      kind: 'schedulerKill',
      happen: async (random) => {
        if (cluster.pidOf('scheduler') !== undefined) await cluster.killScheduler();
        await sleep(awayMs(random));
        cluster.runScheduler();
      },
    },
    {
      kind: 'agentKill',
      happen: async (random) => {
        const node = oneOf(random);
        await cluster.killAgent(node);
        await sleep(awayMs(random));
        cluster.startAgent(node);
      },
    },
    {
      kind: 'brokerKill',
      happen: async (random) => {
        await cluster.killBroker();
        await sleep(awayMs(random));
        await cluster.startBroker();
      },
    },
    {
      kind: 'hostKill',
      happen: async (random) => {
        const host = random.pick(liveJobHosts(cluster.nodeHome(oneOf(random))));
        if (host) signal(host, 'SIGKILL');
      },
    },
    {
      kind: 'schedulerStop',
      happen: (random) => stopAndGo(cluster.pidOf('scheduler'), awayMs(random)),
    },
    {
      kind: 'agentStop',
      happen: (random) => stopAndGo(cluster.pidOf({ agent: oneOf(random) }), awayMs(random)),
    },
    {
      kind: 'brokerStop',
      happen: (random) => stopAndGo(cluster.pidOf('broker'), awayMs(random)),
    },
  ];
}

async function stopAndGo(pid: number | undefined, forMs: number): Promise<void> {
  if (pid === undefined) return;
  process.kill(pid, 'SIGSTOP');
  await sleep(forMs);
  process.kill(pid, 'SIGCONT');
}

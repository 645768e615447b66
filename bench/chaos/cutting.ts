/** The network between the broker and the scheduler or an agent: cut, one-way, slow, reset. */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { clusterHome } from '../../cli/pibatch/clusterHome.ts';
import { readConnection, writeConnection } from '../../proto/connection.ts';
import type { Random } from '../../scheduler/sim/random.ts';
import type { LiveCluster } from '../../test/live/cluster.ts';
import { CuttingProxy, type Trouble, type Way } from '../../test/live/cuttingProxy.ts';
import type { Fault } from './fault.ts';
import { awayMs } from './killing.ts';

export class CutNetwork {
  private readonly proxies: readonly CuttingProxy[];

  private constructor(proxies: readonly CuttingProxy[]) {
    this.proxies = proxies;
  }

  /** From now on the scheduler and the agents reach the broker through a proxy each. */
  static async between(cluster: LiveCluster, nodes: readonly string[]): Promise<CutNetwork> {
    const scheduler = clusterHome(cluster.home).scheduler;
    const proxies: CuttingProxy[] = [];
    for (const home of [scheduler, ...nodes.map((node) => cluster.nodeHome(node))]) {
      const path = join(home, 'connection.json');
      const connection = readConnection(path);
      const [direct = ''] = connection.servers;
      const proxy = await CuttingProxy.listen(Number(new URL(direct).port));
      proxies.push(proxy);
      writeConnection(path, { ...connection, servers: [proxy.url] });
    }
    await cluster.killScheduler('SIGTERM');
    cluster.runScheduler();
    for (const node of nodes) {
      await cluster.killAgent(node, 'SIGTERM');
      cluster.startAgent(node);
    }
    return new CutNetwork(proxies);
  }

  faults(): readonly Fault[] {
    return [
      { kind: 'linkHalfOpen', happen: (random) => this.vanish(['up', 'down'], random) },
      {
        kind: 'linkOneWay',
        happen: (random) => this.vanish([random.chance(0.5) ? 'up' : 'down'], random),
      },
      {
        kind: 'linkSlow',
        happen: async (random) => {
          const slow = { latencyMs: random.whole(5, 100), pieceBytes: random.whole(1, 64) };
          const proxy = this.oneOf(random);
          await during(proxy, { kind: 'slow', ...slow }, sleep(2 * awayMs(random)));
        },
      },
      {
        kind: 'linkReset',
        happen: async (random) => {
          const proxy = this.oneOf(random);
          const reset = new Promise<void>((onReset) => {
            proxy.trouble = { kind: 'reset', onReset };
          });
          await Promise.race([reset, sleep(LONGEST_SILENCE_MS)]);
          proxy.trouble = { kind: 'none' };
        },
      },
    ];
  }

  async close(): Promise<void> {
    await Promise.all(this.proxies.map((proxy) => proxy.close()));
  }

  private async vanish(ways: readonly Way[], random: Random): Promise<void> {
    await during(this.oneOf(random), { kind: 'vanish', ways }, sleep(2 * awayMs(random)));
  }

  private oneOf(random: Random): CuttingProxy {
    const proxy = random.pick(this.proxies);
    if (!proxy) throw new Error('there is no link');
    return proxy;
  }
}

/** Somebody says something at least so often: reports, pings. */
const LONGEST_SILENCE_MS = 2_000;

async function during(proxy: CuttingProxy, trouble: Trouble, end: Promise<void>): Promise<void> {
  proxy.trouble = trouble;
  await end;
  proxy.trouble = { kind: 'none' };
}

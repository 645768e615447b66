/** The cluster of a chaos run, and everything that can be done to it on this machine. */
import { join } from 'node:path';
import { type LiveCluster, startCluster } from '../../test/live/cluster.ts';
import { CutNetwork } from './cutting.ts';
import type { Fault } from './fault.ts';
import { killing } from './killing.ts';
import { SmallDisk } from './smallDisk.ts';
import { WrongClocks } from './wrongClock.ts';

export class ChaosStage {
  readonly cluster: LiveCluster;
  faults: readonly Fault[] = [];
  /** What cannot be done here, and why. */
  leftOut: readonly string[] = [];
  private readonly nodes: readonly string[];
  private network: CutNetwork | undefined;
  private disk: SmallDisk | undefined;

  private constructor(cluster: LiveCluster, nodes: readonly string[]) {
    this.cluster = cluster;
    this.nodes = nodes;
  }

  /** Two cores a node, pretended ones. */
  static async start(nodes: readonly string[]): Promise<ChaosStage> {
    const cluster = await startCluster({
      nodes: nodes.map((name, at) => ({ name, cores: [2 * at, 2 * at + 1] })),
      settings: { heartbeatMs: 500, silentAfterMs: 60_000, downAfterMs: 120_000 },
    });
    const stage = new ChaosStage(cluster, nodes);
    try {
      await stage.equip();
      return stage;
    } catch (error) {
      await stage.stop();
      throw error;
    }
  }

  /** What a fault may have left away runs again, on its own: nobody else is restarted. */
  async heal(): Promise<void> {
    await this.cluster.startBroker();
    this.cluster.runScheduler();
    for (const node of this.nodes) this.cluster.startAgent(node);
  }

  async stop(): Promise<void> {
    if (this.disk) {
      if (this.cluster.pidOf('scheduler') !== undefined) await this.cluster.killScheduler();
      this.disk.unmount();
    }
    await this.cluster.stop();
    await this.network?.close();
  }

  private async equip(): Promise<void> {
    const { cluster, nodes } = this;
    const clocks = WrongClocks.in(join(cluster.home, 'clocks'), ['scheduler', ...nodes]);
    if (clocks) cluster.environmentOf = (member) => clocks.environment(member);
    this.disk = await SmallDisk.under(cluster);
    this.network = await CutNetwork.between(cluster, nodes);
    this.faults = [
      ...killing(cluster, nodes),
      ...this.network.faults(),
      ...(this.disk?.faults(cluster) ?? []),
      ...(clocks?.faults() ?? []),
    ];
    this.leftOut = [
      ...(this.disk ? [] : ['diskFull: nobody but root may mount a disk']),
      ...(clocks ? [] : ['clocks: libfaketime is not installed']),
    ];
  }
}

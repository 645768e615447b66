import type { CollectiveUsage } from '../../collectives/wiring.ts';
import type { ExitCode, RankUsage } from '../../scheduler/model/outcome.ts';
import type { ProcessStat } from '../process/procfs.ts';
import { sessionOf } from '../process/processTree.ts';
import {
  allStats,
  peakMemoryOf,
  proportionalMemoryOf,
  statOf,
  threadCpuMs,
  TICK_MS,
} from '../process/procfs.ts';

/**
 * What each rank uses. CPU of a process: exact, in 10 ms ticks, from the host's own cutime and
 * cstime when it is reaped (ranks reaped together share by their last sample). CPU of a thread:
 * its own schedstat. Memory: sampled sum over the rank's session; between samples it is unseen.
 */
type Measured = {
  process: number | undefined;
  thread: number | undefined;
  sampledTicks: number;
  cpuMs: number;
  peakMemoryBytes: number | undefined;
};

export class UsageMeter {
  private readonly ranks = new Map<number, Measured>();
  private readonly reaped: number[] = [];
  private childTicks = statOf('self')?.childTicks ?? 0;
  peakBytes = 0;

  startProcess(rank: number, process: number): void {
    this.ranks.set(rank, { ...NOTHING, process });
  }

  startThread(rank: number, thread: number): void {
    this.ranks.set(rank, { ...NOTHING, thread });
  }

  /** The thread's own last word. */
  threadEnded(rank: number, cpuMs: number): void {
    const measured = this.ranks.get(rank);
    if (measured) Object.assign(measured, { cpuMs, thread: undefined });
  }

  /** Those of the ranks that run. */
  get processes(): readonly number[] {
    return [...this.ranks.values()].flatMap(({ process }) => process ?? []);
  }

  processReaped(rank: number): void {
    this.reaped.push(rank);
    if (this.reaped.length === 1) setImmediate(() => this.settleReaped());
  }

  settleReaped(): void {
    const ended = this.reaped.splice(0).map((rank) => this.ranks.get(rank));
    const now = statOf('self')?.childTicks ?? this.childTicks;
    const ticks = now - this.childTicks;
    this.childTicks = now;
    const sampled = ended.reduce((sum, measured) => sum + (measured?.sampledTicks ?? 0), 0);
    for (const measured of ended) {
      if (!measured) continue;
      const share = sampled > 0 ? measured.sampledTicks / sampled : 1 / ended.length;
      measured.cpuMs = Math.round(ticks * share) * TICK_MS;
      measured.process = undefined;
    }
  }

  /** Returns the ranks whose processes hold more than `limitBytes` (0: no limit). */
  sample(limitBytes: number): number[] {
    const live = [...this.ranks].filter(([, { process }]) => process !== undefined);
    const stats = live.length > 0 ? allStats() : [];
    let totalBytes = 0;
    const over: number[] = [];
    for (const [rank, measured] of live) {
      const tree = sessionOf(stats, measured.process ?? 0);
      const bytes = tree.reduce((sum, stat) => sum + stat.residentBytes, 0);
      totalBytes += bytes;
      const high = Math.max(bytes, peakMemoryOf(measured.process ?? 0) ?? 0);
      if (high > 0) measured.peakMemoryBytes = Math.max(measured.peakMemoryBytes ?? 0, high);
      measured.sampledTicks = tree.reduce((sum, s) => sum + s.ownTicks + s.childTicks, 0);
      if (limitBytes > 0 && bytes > limitBytes && reallyUsed(tree) > limitBytes) over.push(rank);
    }
    this.peakBytes = Math.max(this.peakBytes, totalBytes);
    for (const measured of this.ranks.values())
      if (measured.thread !== undefined)
        measured.cpuMs = threadCpuMs(measured.thread) ?? measured.cpuMs;
    return over;
  }

  usageOf(rank: number, exit: ExitCode, collective: CollectiveUsage | undefined): RankUsage {
    const measured = this.ranks.get(rank) ?? NOTHING;
    return {
      rank,
      cpuMs: Math.round(measured.cpuMs),
      peakMemoryBytes: measured.peakMemoryBytes,
      usefulMs: collective && Math.round(collective.usefulSeconds * 1_000),
      blockedMs: collective && Math.round(collective.blockedSeconds * 1_000),
      collectiveCalls: collective?.calls ?? 0,
      bytesSent: collective?.bytesSent ?? 0,
      bytesReceived: collective?.bytesReceived ?? 0,
      exit,
    };
  }
}

const NOTHING: Measured = {
  process: undefined,
  thread: undefined,
  sampledTicks: 0,
  cpuMs: 0,
  peakMemoryBytes: undefined,
};

/** Resident memory counts shared pages once per process; the proportional share does not. */
const reallyUsed = (tree: readonly ProcessStat[]): number =>
  tree.reduce((sum, s) => sum + (proportionalMemoryOf(s.process) ?? s.residentBytes), 0);

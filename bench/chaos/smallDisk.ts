/**
 * The scheduler's folder on a file system of its own, in memory, that is filled and emptied. Mounting needs
 * root. A limit on the size of files (RLIMIT_FSIZE) is no substitute: SQLite calls that a broken disk,
 * and the scheduler rightly ends.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { clusterHome } from '../../cli/pibatch/clusterHome.ts';
import { TICK_MS } from '../../nodeagent/process/procfs.ts';
import { identify } from '../../proto/processIdentity.ts';
import type { LiveCluster } from '../../test/live/cluster.ts';
import type { Fault } from './fault.ts';
import { awayMs } from './killing.ts';

const SIZE_MIB = 64;
const LOG_TAIL = 1_000;
/** After so long a scheduler has begun, on a machine that does much else. */
const BEGUN_AFTER_MS = 10_000;

export class SmallDisk {
  private readonly at: string;

  private constructor(at: string) {
    this.at = at;
  }

  /** Undefined where nobody may mount. The scheduler is started again on it. */
  static async under(cluster: LiveCluster): Promise<SmallDisk | undefined> {
    const at = clusterHome(cluster.home).scheduler;
    const copy = mkdtempSync(join(tmpdir(), 'pibatch-disk-'));
    await cluster.killScheduler('SIGTERM');
    try {
      cpSync(at, copy, { recursive: true });
      const options = ['-t', 'tmpfs', '-o', `size=${SIZE_MIB}m,mode=700`, 'tmpfs', at];
      execFileSync('mount', options, { stdio: 'ignore' });
      cpSync(copy, at, { recursive: true });
      return new SmallDisk(at);
    } catch {
      return undefined;
    } finally {
      rmSync(copy, { recursive: true });
      cluster.runScheduler();
    }
  }

  faults(cluster: LiveCluster): readonly Fault[] {
    return [
      {
        kind: 'diskFull',
        happen: async (random) => {
          const settled = settledScheduler(cluster);
          this.fill();
          await sleep(2 * awayMs(random));
          if (settled !== undefined && cluster.pidOf('scheduler') !== settled)
            throw new Error(`a full disk ended the scheduler: ${this.lastWords()}`);
          this.empty();
          // One that had not yet begun may have ended.
          cluster.runScheduler();
        },
      },
      {
        kind: 'diskFullKill',
        happen: async (random) => {
          this.fill();
          await sleep(awayMs(random));
          if (cluster.pidOf('scheduler') !== undefined) await cluster.killScheduler();
          if (random.chance(0.5)) startAnyway(cluster);
          await sleep(awayMs(random));
          this.empty();
          cluster.runScheduler();
        },
      },
    ];
  }

  /** When nothing runs on it any more. */
  unmount(): void {
    execFileSync('umount', ['--lazy', this.at]);
  }

  private lastWords(): string {
    return readFileSync(join(this.at, 'log'), 'utf8').slice(-LOG_TAIL);
  }

  private fill(): void {
    try {
      writeFileSync(join(this.at, 'filler'), Buffer.alloc(SIZE_MIB * 2 ** 20));
    } catch {
      // As much as there was room for.
    }
  }

  private empty(): void {
    rmSync(join(this.at, 'filler'), { force: true });
  }
}

/** On a full disk it may end again, and there is not even room to note that it was started. */
function startAnyway(cluster: LiveCluster): void {
  try {
    cluster.runScheduler();
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error;
  }
}

/** Its process, when that is no longer about to begin. */
function settledScheduler(cluster: LiveCluster): number | undefined {
  const pid = cluster.pidOf('scheduler');
  const startTicks = pid === undefined ? undefined : identify(pid)?.startTicks;
  if (startTicks === undefined) return undefined;
  const uptimeMs = 1_000 * Number(readFileSync('/proc/uptime', 'utf8').split(' ')[0]);
  return uptimeMs - startTicks * TICK_MS > BEGUN_AFTER_MS ? pid : undefined;
}

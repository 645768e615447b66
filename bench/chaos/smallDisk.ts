/**
 * The scheduler's folder on a file system of its own, in memory, that is filled and emptied. Mounting needs
 * root. A limit on the size of files (RLIMIT_FSIZE) is no substitute: SQLite calls that a broken disk,
 * and the scheduler rightly ends.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { clusterHome } from '../../cli/pibatch/clusterHome.ts';
import type { LiveCluster } from '../../test/live/cluster.ts';
import type { Fault } from './fault.ts';
import { awayMs } from './killing.ts';

const SIZE_MIB = 64;

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
          this.fill();
          await sleep(2 * awayMs(random));
          this.empty();
        },
      },
      {
        kind: 'diskFullKill',
        happen: async (random) => {
          this.fill();
          await sleep(awayMs(random));
          await cluster.killScheduler();
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

import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import type { pibatch } from '../../proto/codec.ts';
import { until } from '../scheduler/live/stage.ts';
import { WitnessStage } from './witnessStage.ts';

/**
 * The scheduler's folder on a small file system that is filled and emptied under it. Only root
 * can mount one; without it the same is shown with a limit on the file (live/loop.test.ts).
 */
const stage = new WitnessStage({
  nodes: [{ name: 'node1', cores: [0] }],
  settings: { heartbeatMs: 500 },
});
let disk: string | undefined;

// Before the stage's own, which removes what is below.
afterEach(async () => {
  if (disk === undefined) return;
  await stage.cluster.killScheduler();
  execFileSync('umount', ['--lazy', disk]);
  disk = undefined;
});

/** Whether the scheduler's folder is on a disk of its own now. */
async function onSmallDisk(): Promise<boolean> {
  const { cluster, folder } = stage;
  const home = join(cluster.home, 'scheduler');
  await cluster.killScheduler();
  cpSync(home, join(folder, 'copy'), { recursive: true });
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', home], { stdio: 'ignore' });
  } catch {
    return false;
  }
  disk = home;
  cpSync(join(folder, 'copy'), home, { recursive: true });
  await cluster.startScheduler();
  return true;
}

const job = (name: string, text: string): pibatch.JobSpec.$Properties => ({
  name,
  script: { text },
  ranks: 1,
  coresPerRank: 1,
  timeLimitMs: 600_000,
});

test('a full disk loses nothing, promises nothing, and is over when there is space', async (context) => {
  if (!(await onSmallDisk())) return context.skip();
  const { cluster, user, folder } = stage;
  const wait = `while [ ! -e "${folder}/go" ]; do sleep 0.05; done; touch "${folder}/went"`;
  await user.submit('r1', job('runs', wait));
  await until('it runs', async () => (await user.jobs({}))[0]?.state === 'RUNNING');
  const pid = cluster.pidOf('scheduler');
  const filler = join(disk ?? '', 'filler');
  try {
    writeFileSync(filler, Buffer.alloc(16 * 2 ** 20));
  } catch {
    // As much as there was room for.
  }
  let refusal = '';
  await until('it is refused', async () => {
    try {
      await user.submit(`more-${performance.now()}`, job('more', 'true'));
    } catch (error) {
      refusal = String(error);
    }
    return refusal !== '';
  });
  expect(refusal).toContain('diskFull');
  // Questions are answered, and the job goes on to its end, which is kept until it can be recorded.
  const taken = (await user.jobs({})).length;
  expect((await user.jobs({}))[0]?.state).toBe('RUNNING');
  writeFileSync(join(folder, 'go'), '');
  await until('the job went on', async () => existsSync(join(folder, 'went')));
  const asked = await cluster.run('pisub', ['--wrap', 'true']);
  expect(asked.code).not.toBe(0);
  expect(asked.stderr).toContain('the disk of the scheduler is full');
  rmSync(filler);
  await until('it takes jobs again', async () => {
    const again = await user.submit('last', job('last', 'true')).catch(() => undefined);
    return again !== undefined;
  });
  await until('all are over', async () => (await user.jobs({})).length === 0);
  const ended = await user.jobs({ finished: true });
  expect(new Set(ended.map(({ state }) => state))).toEqual(new Set(['COMPLETED']));
  expect(ended).toHaveLength(taken + 1);
  expect(cluster.pidOf('scheduler')).toBe(pid);
}, 180_000);

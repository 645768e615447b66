/**
 * `npm run chaos -- [--minutes N] [--seed S] [--only KIND] [--json]`: a real cluster whose scheduler, agents,
 * job hosts and broker are killed (-9) and stopped, whose links to the broker are cut, made one-way,
 * slow and reset, whose disk fills up and whose clocks jump, at random, while arrays, gangs and jobs
 * that may or may not be rerun go through it. What the ranks wrote decides whether anything was lost
 * or ran twice; then what is left behind is counted.
 */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { pibatch } from '../proto/codec.ts';
import { createRandom, type Random } from '../scheduler/sim/random.ts';
import { BenchRefusal, BenchUser } from './benchUser.ts';
import { ChaosStage } from './chaos/stage.ts';
import { judge, processesOf, witnessCommand } from './chaos/witness.ts';
import { wholeNumberAfter } from './wholeNumberAfter.ts';

const NODES = ['node1', 'node2'] as const;
const MINUTE_MS = 60_000;
/** Jobs wait at most so long before more are submitted. */
const MOST_WAITING = 12;
const REST_MS = 180_000;
const POLL_MS = 20;

export async function run(argv: string[]): Promise<unknown> {
  const minutes = wholeNumberAfter(argv, '--minutes') ?? 1;
  const seed = wholeNumberAfter(argv, '--seed') ?? 1;
  const only = argv.includes('--only') ? argv[argv.indexOf('--only') + 1] : undefined;
  const folder = mkdtempSync(join(tmpdir(), 'pibatch-chaos-'));
  const sharedBefore = new Set(readdirSync('/dev/shm'));
  const stage = await ChaosStage.start(NODES);
  const { cluster } = stage;
  const interrupt = (): void => void stage.stop().finally(() => process.exit(130));
  process.once('SIGINT', interrupt);
  process.once('SIGTERM', interrupt);
  try {
    const faults = stage.faults.filter(({ kind }) => only === undefined || kind === only);
    if (faults.length === 0)
      throw new RangeError(
        `--only needs one of ${stage.faults.map(({ kind }) => kind).join(', ')}`,
      );
    const user = await BenchUser.connect(cluster.connectionPath);
    await user.heardSince(Date.now(), POLL_MS);
    const random = createRandom(seed);
    const untilMs = performance.now() + minutes * MINUTE_MS;
    const byKind = new Map<string, number>(faults.map(({ kind }) => [kind, 0]));
    const submitting = submitUntil(user, untilMs, { folder, random: createRandom(seed + 1) });
    while (performance.now() < untilMs) {
      const fault = random.pick(faults);
      await fault?.happen(random);
      if (fault) byKind.set(fault.kind, (byKind.get(fault.kind) ?? 0) + 1);
      await sleep(random.whole(50, 500));
    }
    const acknowledged = await submitting;
    await stage.heal();
    const began = performance.now();
    const rows = await user.rest(REST_MS);
    const restedMs = Math.round(performance.now() - began);
    await user.close();
    const { lost, doubled } = judge(folder, acknowledged, rows);
    await sleep(500);
    const leftovers = [
      ...processesOf(folder).map((pid) => `process ${pid}`),
      ...readdirSync('/dev/shm')
        .filter((name) => !sharedBefore.has(name) && name.startsWith('pibatch'))
        .map((name) => `/dev/shm/${name}`),
    ];
    if (lost.length + doubled.length + leftovers.length > 0) process.exitCode = 1;
    return {
      minutes,
      seed,
      faults: [...byKind.values()].reduce((sum, count) => sum + count, 0),
      byKind: Object.fromEntries(byKind),
      leftOut: stage.leftOut,
      acknowledged: acknowledged.length,
      completed: rows.filter(({ state }) => state === 'COMPLETED').length,
      rerun: rows.filter(({ attempts }) => attempts > 1).length,
      restedMs,
      lost: lost.length,
      doubled: doubled.length,
      leftovers: leftovers.length,
      shown: [...lost, ...doubled, ...leftovers].slice(0, 10),
    };
  } finally {
    await stage.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Returns the ids that were acknowledged; an array's is that of its record. */
async function submitUntil(
  user: BenchUser,
  untilMs: number,
  load: { readonly folder: string; readonly random: Random },
): Promise<number[]> {
  const acknowledged: number[] = [];
  for (let count = 1; performance.now() < untilMs; count += 1) {
    const spec = drawJob(load.random, load.folder);
    try {
      acknowledged.push(await user.submit(`chaos-${count}`, spec));
    } catch (error) {
      // Refused is not acknowledged: another takes its place.
      if (!(error instanceof BenchRefusal && error.code === 'diskFull')) throw error;
    }
    while (performance.now() < untilMs && (await user.countLive()) > MOST_WAITING) await sleep(200);
    await sleep(load.random.whole(10, 300));
  }
  return acknowledged;
}

function drawJob(random: Random, folder: string): pibatch.JobSpec.$Properties {
  const seconds = (random.whole(1, 25) / 10).toFixed(1);
  const shape = random.whole(0, 3);
  return {
    name: 'witness',
    command: { args: [...witnessCommand(folder, seconds)] },
    ranks: shape === 0 ? random.whole(2, 4) : 1,
    coresPerRank: 1,
    timeLimitMs: 600_000,
    requeue: random.chance(0.5),
    ...(shape === 1 && { array: { indexes: [1, 2, 3] } }),
  };
}

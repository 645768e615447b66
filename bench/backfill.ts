/**
 * A scheduling pass of the policy `backfill` over 100,000 queued jobs of 5,000 shapes on a
 * cluster that is 95 % busy, and the answer to one job's end (facts, plan, allocations):
 * `npm run bench -- backfill [--nodes N] [--jobs N] [--modes flat,bound,reserved,limited]`
 * (test/scheduler/busyCluster.ts says what they are). Slopes are exponents: time grows as the number of
 * jobs, or of nodes, to that power.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { endPartWithout } from '../scheduler/machine/attempt.ts';
import { schedulingPass } from '../scheduler/machine/schedulingPass.ts';
import { beginTurn } from '../scheduler/machine/turn.ts';
import { HOUR_MS, timeMs } from '../scheduler/model/time.ts';
import { plan } from '../scheduler/policy/plan.ts';
import { createRandom } from '../scheduler/sim/random.ts';
import { busyCluster, MODES, queue } from '../test/scheduler/busyCluster.ts';
import type { Mode } from '../test/scheduler/busyCluster.ts';
import { percentile } from './percentile.ts';
import { wholeNumberAfter } from './wholeNumberAfter.ts';

const REACTIONS = 200;
/** Slow answers are timed until these are over; then a few are enough to say so. */
const ENOUGH_MS = 15_000;
const FEW_REACTIONS = 5;

type Measured = {
  readonly mode: Mode;
  readonly nodes: number;
  readonly queuedJobs: number;
  /** How many ends of jobs were answered. */
  readonly reactions: number;
  readonly fullPassMs: number;
  readonly reactP50Ms: number;
  readonly reactP99Ms: number;
  readonly bytesPerQueuedJob: number;
  /** CPU time of this process: other programs on the machine do not blur it. */
  readonly fullPassCpuMs: number;
  readonly reactCpuP50Ms: number;
  readonly reactCpuP99Ms: number;
};

type Sloped = Measured & {
  readonly fullPassSlopeByJobs: number;
  readonly fullPassSlopeByNodes: number;
  readonly reactSlopeByJobs: number;
  readonly reactSlopeByNodes: number;
};

/** The first mode asked for, and the others as rows of their own. */
export type BackfillBench = Sloped & { readonly others: readonly (Sloped | Measured)[] };

const SMALLER = 4;

export async function run(argv: string[]): Promise<BackfillBench> {
  const nodes = wholeNumberAfter(argv, '--nodes') ?? 1_050;
  const queuedJobs = wholeNumberAfter(argv, '--jobs') ?? 100_000;
  const [first, ...others] = modesAfter(argv);
  const size = { nodes, queuedJobs };
  // Warm, or the first to be measured would pay for the others.
  measure(first, {
    nodes: Math.ceil(nodes / SMALLER),
    queuedJobs: Math.ceil(queuedJobs / SMALLER),
  });
  return {
    ...sloped(first, size),
    others: others.map((mode) => (mode === 'bound' ? sloped(mode, size) : measure(mode, size))),
  };
}

function modesAfter(argv: readonly string[]): readonly [Mode, ...Mode[]] {
  const at = argv.indexOf('--modes');
  const asked = at < 0 ? undefined : (argv[at + 1] ?? '').split(',');
  const unknown = asked?.find((name) => !MODES.some((mode) => mode === name));
  if (unknown !== undefined)
    throw new RangeError(`--modes: '${unknown}' is none of ${MODES.join(', ')}`);
  const [first = 'flat', ...others] = MODES.filter((mode) => asked?.includes(mode) ?? true);
  return [first, ...others];
}

type Size = { readonly nodes: number; readonly queuedJobs: number };

function sloped(mode: Mode, size: Size): Sloped {
  const { nodes, queuedJobs } = size;
  const fewerJobs = measure(mode, { nodes, queuedJobs: Math.ceil(queuedJobs / SMALLER) });
  const fewerNodes = measure(mode, { nodes: Math.ceil(nodes / SMALLER), queuedJobs });
  const whole = measure(mode, size);
  return {
    ...whole,
    fullPassSlopeByJobs: slope(whole.fullPassCpuMs, fewerJobs.fullPassCpuMs),
    fullPassSlopeByNodes: slope(whole.fullPassCpuMs, fewerNodes.fullPassCpuMs),
    reactSlopeByJobs: slope(whole.reactCpuP50Ms, fewerJobs.reactCpuP50Ms),
    reactSlopeByNodes: slope(whole.reactCpuP50Ms, fewerNodes.reactCpuP50Ms),
  };
}

const slope = (whole: number, smaller: number): number =>
  Math.round((100 * Math.log(whole / smaller)) / Math.log(SMALLER)) / 100;

function measure(mode: Mode, { nodes, queuedJobs }: Size): Measured {
  const random = createRandom(1);
  const cluster = busyCluster(mode, nodes, random);
  const before = heapBytes();
  queue(mode, cluster, queuedJobs, random);
  const bytes = heapBytes() - before;
  const atMs = timeMs(HOUR_MS);
  const full = timed(() => plan(cluster, atMs));
  schedulingPass(beginTurn(cluster, atMs));
  const wall: number[] = [];
  const cpu: number[] = [];
  let spentMs = 0;
  for (const id of [...cluster.lookup.active].slice(0, REACTIONS)) {
    const reaction = timed(() => {
      const turn = beginTurn(cluster, atMs);
      endPartWithout(turn, { job: id, attempt: 1, part: 0 }, DONE);
      schedulingPass(turn);
    });
    wall.push(reaction.wallMs);
    cpu.push(reaction.cpuMs);
    spentMs += reaction.wallMs;
    if (spentMs > ENOUGH_MS && wall.length >= FEW_REACTIONS) break;
  }
  return {
    mode,
    nodes,
    queuedJobs,
    reactions: wall.length,
    fullPassMs: Math.round(full.wallMs),
    reactP50Ms: tenths(percentile(wall, 0.5)),
    reactP99Ms: tenths(percentile(wall, 0.99)),
    bytesPerQueuedJob: Math.round(bytes / queuedJobs),
    fullPassCpuMs: Math.round(full.cpuMs),
    reactCpuP50Ms: tenths(percentile(cpu, 0.5)),
    reactCpuP99Ms: tenths(percentile(cpu, 0.99)),
  };
}

/** What is still referred to: the garbage of before is collected first. */
function heapBytes(): number {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc()');
  return process.memoryUsage().heapUsed;
}

function timed(action: () => unknown): { wallMs: number; cpuMs: number } {
  const cpuBefore = process.cpuUsage();
  const began = performance.now();
  action();
  const wallMs = performance.now() - began;
  const { user, system } = process.cpuUsage(cpuBefore);
  return { wallMs, cpuMs: (user + system) / 1_000 };
}

const tenths = (value: number): number => Math.round(value * 10) / 10;

const DONE = { kind: 'exited', exit: { code: 0, signal: 0 }, failure: undefined } as const;

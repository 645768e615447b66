/**
 * `npm run bench -- kills [--kills N] [--submits N] [--seed S]`: the scheduler is killed (-9) N times
 * (1,000) at random moments under a stream of submits (50,000 in all). Every submit that was
 * acknowledged is there afterwards, every one that was not is sent again under its id until it
 * is, and nothing is there or runs twice. Scheduler, broker and journal are real; the node is a
 * scripted one, which ends each job at once, so that the jobs are many.
 */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Bus, connectBus } from '../proto/bus.ts';
import { readConnection } from '../proto/connection.ts';
import { createRandom } from '../scheduler/sim/random.ts';
import { type LiveCluster, startCluster } from '../test/live/cluster.ts';
import { ScriptedNode } from '../test/scheduler/live/stage.ts';
import { BenchUser } from './benchUser.ts';
import { percentile } from './percentile.ts';
import { wholeNumberAfter } from './wholeNumberAfter.ts';

const SUBMITTERS = 16;
/** Jobs that the node may be behind: the queue stays short, as on a cluster that keeps up. */
const MOST_BEHIND = 500;
const NODE = 'node1';
const CORES = 64;
const DRAIN_MS = 120_000;
const MOST_SHOWN = 5;

export async function run(argv: string[]): Promise<unknown> {
  const options = {
    kills: wholeNumberAfter(argv, '--kills') ?? 1_000,
    submits: wholeNumberAfter(argv, '--submits') ?? 50_000,
    seed: wholeNumberAfter(argv, '--seed') ?? 1,
  };
  const cluster = await startCluster({ nodes: [{ name: NODE, cores: [0] }] });
  let bus: Bus | undefined;
  try {
    await cluster.killAgent(NODE);
    bus = await connectBus({
      connection: readConnection(join(cluster.nodeHome(NODE), 'connection.json')),
      name: 'scripted node',
      waitForBroker: true,
      onTrouble: () => undefined,
    });
    return await storm(cluster, bus, options);
  } finally {
    await bus?.close();
    await cluster.stop();
  }
}

type Options = { readonly kills: number; readonly submits: number; readonly seed: number };

async function storm(cluster: LiveCluster, bus: Bus, options: Options) {
  const node = new ScriptedNode(bus, NODE, { finish: true, cores: CORES, incarnation: 1_000 });
  node.start();
  while (!(await hasJoined(cluster))) await sleep(50);
  const user = await BenchUser.connect(cluster.connectionPath, { attemptMs: 250 });
  const stream = new Stream(user, node);
  const began = performance.now();
  const submitting = stream.run();
  const awayMs = await killOften(cluster, stream, options);
  await stream.acknowledged(options.submits - stream.jobs.size);
  stream.stop();
  await submitting;
  const tookMs = Math.round(performance.now() - began);
  const rows = await user.rest(DRAIN_MS);
  node.stop();
  const verdict = judge(stream.jobs, rows, node.launched);
  const repeated = await repeats(user, stream.jobs);
  await user.close();
  if (verdict.lost + verdict.doubled + repeated > 0) process.exitCode = 1;
  return {
    kills: awayMs.length,
    acknowledged: stream.jobs.size,
    ...verdict,
    answeredOtherwise: repeated,
    p50AwayMs: percentile(awayMs, 0.5),
    p99AwayMs: percentile(awayMs, 0.99),
    longestAwayMs: Math.max(0, ...awayMs),
    submitsPerS: Math.round((stream.jobs.size / tookMs) * 1_000),
    tookMs,
  };
}

/** In the place of the agent that was there before it. */
async function hasJoined(cluster: LiveCluster): Promise<boolean> {
  const { stdout } = await cluster.run('pinodes', ['--json']);
  const rows: unknown = JSON.parse(stdout);
  const [row] = Array.isArray(rows) ? rows : [];
  return row?.cores === CORES && row?.state === 'idle';
}

/** Each submit is sent under its id until it is acknowledged. */
class Stream {
  /** Job by request id. */
  readonly jobs = new Map<string, number>();
  private readonly user: BenchUser;
  private readonly node: ScriptedNode;
  private sent = 0;
  private stopped = false;

  constructor(user: BenchUser, node: ScriptedNode) {
    this.user = user;
    this.node = node;
  }

  /** What is under way is still waited for. */
  stop(): void {
    this.stopped = true;
  }

  async run(): Promise<void> {
    await Promise.all(Array.from({ length: SUBMITTERS }, () => this.submitter()));
  }

  /** Resolves when so many more are acknowledged. */
  async acknowledged(more: number): Promise<void> {
    const wanted = this.jobs.size + more;
    while (this.jobs.size < wanted) await sleep(1);
  }

  private async submitter(): Promise<void> {
    while (!this.stopped) {
      if (this.jobs.size - this.node.launched.length > MOST_BEHIND) {
        await sleep(5);
        continue;
      }
      this.sent += 1;
      const id = `kill-${this.sent}`;
      this.jobs.set(id, await this.user.submit(id));
    }
  }
}

/** How long it was away each time: from the kill to the next acknowledgement. */
async function killOften(
  cluster: LiveCluster,
  stream: Stream,
  { kills, submits, seed }: Options,
): Promise<number[]> {
  const random = createRandom(seed);
  const each = Math.floor(submits / kills);
  const awayMs: number[] = [];
  while (awayMs.length < kills) {
    await stream.acknowledged(random.whole(0, 2 * each));
    await sleep(random.whole(0, 10));
    const began = performance.now();
    await cluster.killScheduler();
    cluster.runScheduler();
    await stream.acknowledged(1);
    awayMs.push(Math.round(performance.now() - began));
    if (awayMs.length % 50 === 0)
      process.stderr.write(`${awayMs.length} kills, ${stream.jobs.size} acknowledged\n`);
  }
  return awayMs;
}

type Row = { readonly job: number; readonly state: string; readonly attempts: number };

function judge(
  jobs: ReadonlyMap<string, number>,
  rows: readonly Row[],
  launched: readonly string[],
) {
  const there = new Map(rows.map((row) => [row.job, row]));
  const acknowledged = new Set(jobs.values());
  return {
    lost: [...acknowledged].filter((job) => !there.has(job)).length,
    /** Jobs nobody asked for, requests that share a job, jobs that were started twice. */
    doubled:
      rows.filter(({ job }) => !acknowledged.has(job)).length +
      (jobs.size - acknowledged.size) +
      (launched.length - new Set(launched.map((part) => part.split('.')[0])).size),
    completed: rows.filter(({ state }) => state === 'COMPLETED').length,
    others: rows.filter(({ state }) => state !== 'COMPLETED').slice(0, MOST_SHOWN),
    secondAttempts: rows.filter(({ attempts }) => attempts > 1).length,
  };
}

/** Of a sample of requests that are sent once more: how many get another job. */
async function repeats(user: BenchUser, jobs: ReadonlyMap<string, number>): Promise<number> {
  let other = 0;
  const sample = [...jobs].filter((_, at) => at % 100 === 0);
  for (const [id, job] of sample) if ((await user.submit(id)) !== job) other += 1;
  return other;
}

/**
 * `npm run bench -- throughput`: N jobs that run `true`, through the whole real stack (broker,
 * scheduler with its journal, agents, job hosts) in a cluster of its own that is removed after.
 *
 * All jobs are submitted at once, 32 requests in flight. Rates are counted from the first submit
 * to the last acknowledgement, start and end; `p50/p99SubmitToStartMs` include the time in that
 * queue. `idle...` are the same delays for jobs submitted one by one to the idle cluster.
 * Options: `--jobs N` (200), `--idle-jobs N` (20), `--nodes N` (2).
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { clusterHome } from '../cli/pibatch/clusterHome.ts';
import { startCluster } from '../cli/pibatch/clusterStart.ts';
import { stopCluster } from '../cli/pibatch/clusterStop.ts';
import { machineShape } from '../cli/pibatch/machineShape.ts';
import { userToken } from '../cli/pibatch/members.ts';
import { BenchUser, type JobTimes } from './benchUser.ts';
import { percentile } from './percentile.ts';
import { wholeNumberAfter } from './wholeNumberAfter.ts';

const IN_FLIGHT = 32;

export async function run(argv: string[]): Promise<unknown> {
  const options = {
    jobs: wholeNumberAfter(argv, '--jobs') ?? 200,
    idleJobs: wholeNumberAfter(argv, '--idle-jobs') ?? 20,
    nodes: wholeNumberAfter(argv, '--nodes') ?? 2,
  };
  const root = mkdtempSync(join(tmpdir(), 'pibatch-bench-'));
  const home = clusterHome(root);
  const plan = { cluster: 'bench', nodes: benchNodes(options.nodes) };
  mkdirSync(home.scheduler, { recursive: true });
  writeFileSync(home.settings, JSON.stringify({ users: { [userToken()]: 'admin' } }));
  const abort = new AbortController();
  const interrupt = (): void => abort.abort();
  process.once('SIGINT', interrupt);
  process.once('SIGTERM', interrupt);
  const tell = (line: string): void => void process.stderr.write(`${line}\n`);
  try {
    await startCluster({
      home,
      plan,
      user: userToken(),
      externalBroker: undefined,
      environment: process.env,
      tell,
      signal: abort.signal,
    });
    const user = await BenchUser.connect(home.clientConnection);
    try {
      return { ...(await measure(user, options, abort.signal)), nodes: options.nodes };
    } finally {
      await user.close();
    }
  } finally {
    await stopCluster({ home, plan, keepJobs: false, tell });
    rmSync(root, { recursive: true, force: true });
  }
}

/** The machine's cores, dealt out; a node without one pretends to have core 0. */
function benchNodes(count: number) {
  const { cores } = machineShape();
  return Array.from({ length: count }, (_, index) => {
    const own = cores.filter((__, position) => position % count === index);
    return { name: `node${index + 1}`, cores: own.length > 0 ? own : [cores[0] ?? 0] };
  });
}

async function measure(
  user: BenchUser,
  options: { readonly jobs: number; readonly idleJobs: number },
  signal: AbortSignal,
) {
  const idle = await measureIdle(user, options.idleJobs, signal);
  process.stderr.write(`submitting ${options.jobs} jobs\n`);
  const { ids, acknowledgedMs, firstMs } = await submitAll(user, options.jobs);
  const times = await user.finished(ids, signal);
  const perSecond = (untilMs: number): number =>
    Math.round((options.jobs / (untilMs - firstMs)) * 10_000) / 10;
  const startDelays = times.map(submitToStart);
  return {
    jobs: options.jobs,
    submittedPerS: perSecond(acknowledgedMs),
    startedPerS: perSecond(Math.max(...times.map(({ startedMs }) => startedMs))),
    retiredPerS: perSecond(Math.max(...times.map(({ endedMs }) => endedMs))),
    p50SubmitToStartMs: percentile(startDelays, 0.5),
    p99SubmitToStartMs: percentile(startDelays, 0.99),
    idleP50SubmitToStartMs: percentile(idle.map(submitToStart), 0.5),
    idleP99SubmitToStartMs: percentile(idle.map(submitToStart), 0.99),
    idleP50SubmitToEndMs: percentile(
      idle.map(({ submittedMs, endedMs }) => endedMs - submittedMs),
      0.5,
    ),
    completed: times.filter(({ state }) => state === 'COMPLETED').length,
  };
}

const submitToStart = ({ submittedMs, startedMs }: JobTimes): number => startedMs - submittedMs;

async function measureIdle(
  user: BenchUser,
  count: number,
  signal: AbortSignal,
): Promise<JobTimes[]> {
  const times: JobTimes[] = [];
  for (let index = 0; index < count; index += 1) {
    times.push(...(await user.finished([await user.submit(`idle-${index}`)], signal)));
    await sleep(20, undefined, { signal });
  }
  return times;
}

async function submitAll(user: BenchUser, count: number) {
  const ids: number[] = [];
  const firstMs = Date.now();
  let next = 0;
  const submitter = async (): Promise<void> => {
    while (next < count) {
      next += 1;
      ids.push(await user.submit(`burst-${next}`));
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, submitter));
  return { ids, firstMs, acknowledgedMs: Date.now() };
}

/**
 * `npm run bench -- broker [--rounds N] [--away SECONDS] [--nodes N]`: the broker is killed (-9), stays
 * away (10 s) and comes back: how long from when it listens until a submit is acknowledged, every
 * agent has been heard, and that job has started. A real cluster of 4 nodes, 10 rounds.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { type LiveCluster, startCluster } from '../test/live/cluster.ts';
import { BenchUser } from './benchUser.ts';
import { percentile } from './percentile.ts';
import { wholeNumberAfter } from './wholeNumberAfter.ts';

const POLL_MS = 10;

export async function run(argv: string[]): Promise<unknown> {
  const rounds = wholeNumberAfter(argv, '--rounds') ?? 10;
  const awayMs = 1_000 * (wholeNumberAfter(argv, '--away') ?? 10);
  const nodes = wholeNumberAfter(argv, '--nodes') ?? 4;
  const cluster = await startCluster({
    nodes: Array.from({ length: nodes }, (_, at) => ({ name: `node${at + 1}`, cores: [0] })),
  });
  const user = await BenchUser.connect(cluster.connectionPath, { attemptMs: 500 });
  try {
    const times: Return[] = [];
    for (let round = 1; round <= rounds; round += 1) {
      times.push(await leaveAndReturn(cluster, user, { round, awayMs }));
      process.stderr.write(`${JSON.stringify(times.at(-1))}\n`);
    }
    const worst = (key: keyof Return): number => Math.max(...times.map((each) => each[key]));
    return {
      rounds,
      nodes,
      awayMs,
      p50NormalMs: percentile(
        times.map(({ normalMs }) => normalMs),
        0.5,
      ),
      longestAcknowledgedMs: worst('acknowledgedMs'),
      longestHeardMs: worst('heardMs'),
      longestStartedMs: worst('startedMs'),
      longestNormalMs: worst('normalMs'),
    };
  } finally {
    await user.close();
    await cluster.stop();
  }
}

/** Milliseconds from when the broker listens. */
type Return = {
  readonly acknowledgedMs: number;
  readonly heardMs: number;
  readonly startedMs: number;
  readonly normalMs: number;
};

async function leaveAndReturn(
  cluster: LiveCluster,
  user: BenchUser,
  { round, awayMs }: { readonly round: number; readonly awayMs: number },
): Promise<Return> {
  await cluster.killBroker();
  await sleep(awayMs);
  await cluster.startBroker();
  const [began, beganMs] = [performance.now(), Date.now()];
  const since = (): number => Math.round(performance.now() - began);
  const submitted = user.submit(`broker-${round}`).then(async (job) => {
    const acknowledgedMs = since();
    while (!(await user.hasStarted(job))) await sleep(POLL_MS);
    return { acknowledgedMs, startedMs: since() };
  });
  const heard = user.heardSince(beganMs, POLL_MS).then(since);
  const [{ acknowledgedMs, startedMs }, heardMs] = await Promise.all([submitted, heard]);
  return { acknowledgedMs, heardMs, startedMs, normalMs: Math.max(heardMs, startedMs) };
}

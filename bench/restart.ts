/**
 * `npm run bench -- restart [--jobs N] [--history MINUTES]`: how long a killed scheduler with N waiting
 * jobs (10,000), and a history of 1,000 finished jobs for each of these minutes (60), takes until it
 * answers, and until its next job has started. A real cluster of one node; the waiting jobs are
 * written into its journal as the scheduler itself would, while it is down.
 */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { clusterHome } from '../cli/pibatch/clusterHome.ts';
import { statOf, TICK_MS } from '../nodeagent/process/procfs.ts';
import { Journal } from '../scheduler/live/journal.ts';
import { restoreCluster } from '../scheduler/live/restore.ts';
import { step } from '../scheduler/machine/step.ts';
import type { Cluster } from '../scheduler/model/cluster.ts';
import { DEFAULT_SETTINGS } from '../scheduler/model/defaultSettings.ts';
import type { Event } from '../scheduler/model/event.ts';
import { jobId, requestId, userName } from '../scheduler/model/ids.ts';
import { timeMs } from '../scheduler/model/time.ts';
import { startCluster } from '../test/live/cluster.ts';
import { fillHistory } from '../test/scheduler/live/manyJobs.ts';
import { requestOf } from '../test/scheduler/requests.ts';
import { BenchUser } from './benchUser.ts';
import { wholeNumberAfter } from './wholeNumberAfter.ts';

const FINISHED_PER_MINUTE = 1_000;
const BATCH = 1_000;
const POLL_MS = 10;
const LONGEST_MS = 120_000;

export async function run(argv: string[]): Promise<unknown> {
  const jobs = wholeNumberAfter(argv, '--jobs') ?? 10_000;
  const finished = FINISHED_PER_MINUTE * (wholeNumberAfter(argv, '--history') ?? 60);
  const cluster = await startCluster({
    nodes: [{ name: 'node1', cores: [0] }],
    settings: { maxLiveJobs: 2 * jobs },
  });
  try {
    await cluster.killScheduler();
    const path = join(clusterHome(cluster.home).scheduler, 'pibatch.db');
    writeJobs(path, { jobs, finished, user: cluster.user });
    const journalBytes = statSync(path).size;
    const began = performance.now();
    cluster.runScheduler();
    const user = await BenchUser.connect(cluster.connectionPath);
    await user.firstJobs(1);
    const answeredMs = Math.round(performance.now() - began);
    const first = async () => (await user.firstJobs(1))[0]?.state;
    while ((await first()) === 'PENDING' && performance.now() - began < LONGEST_MS) {
      await sleep(POLL_MS);
    }
    const startedMs = Math.round(performance.now() - began);
    // Of the scheduler until then: what other load of the machine does not change.
    const cpuMs = (statOf(cluster.pidOf('scheduler') ?? 0)?.ownTicks ?? 0) * TICK_MS;
    await user.close();
    return { jobs, finished, journalBytes, answeredMs, startedMs, cpuMs };
  } finally {
    await cluster.stop();
  }
}

type Jobs = { readonly jobs: number; readonly finished: number; readonly user: string };

function writeJobs(path: string, { jobs, finished, user }: Jobs): void {
  const journal = new Journal(path, { nowMs: Date.now() });
  const template = submitted(restoreCluster(journal, DEFAULT_SETTINGS).cluster, user);
  fillHistory(journal.database, finished);
  const last = finished + jobs;
  for (let from = finished + 1; from <= last; from += BATCH) {
    const ids = Array.from({ length: Math.min(BATCH, last - from + 1) }, (_, at) => from + at);
    journal.commit(
      ids.map((id): Event => {
        const job = { ...template.job, id: jobId(id), requestId: requestId(`bench-${id}`) };
        return { ...template, job };
      }),
    );
  }
  journal.close();
}

function submitted(cluster: Cluster, user: string): Extract<Event, { kind: 'jobSubmitted' }> {
  const { events, effects } = step(cluster, {
    kind: 'submit',
    atMs: timeMs(Date.now()),
    replyTo: 1,
    by: { user: userName(user), role: 'user' },
    requestId: requestId('template'),
    request: requestOf({ timeLimitMs: 60_000, requeue: true }),
  });
  const event = events.find(({ kind }) => kind === 'jobSubmitted');
  if (event?.kind !== 'jobSubmitted') throw new Error(`refused: ${JSON.stringify(effects)}`);
  return event;
}

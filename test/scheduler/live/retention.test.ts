import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { decodeMessage, encodeMessage, pibatch } from '../../../proto/codec.ts';
import { Asker, ScriptedNode, Stage, TRUE_JOB, until } from './stage.ts';

/** What `pictl prune` and `retention` leave of the accounts, with the real scheduler on a real journal. */
let stage: Stage;
let node: ScriptedNode;
let alice: Asker;
let bob: Asker;

beforeEach(async () => {
  stage = new Stage();
  await stage.start();
  const kept = { name: 'out', sizeBytes: 3_000, inline: new Uint8Array(3_000) };
  const options = { finish: true, runsMs: 150, output: [kept], cores: 8 };
  node = new ScriptedNode(await stage.broker.connect('n1'), 'n1', options);
  node.start();
  alice = new Asker(await stage.broker.connect('alice'), 'alice');
  bob = new Asker(await stage.broker.connect('bob'), 'bob');
});
afterEach(async () => {
  node.stop();
  await stage.stop();
});

const finished = async (): Promise<readonly pibatch.JobRow.$Properties[]> =>
  (await alice.jobs({ finished: true })).filter(({ state }) => state === 'COMPLETED');

/** Submits so many and waits until the history holds `all`. */
async function runJobs(name: string, count: number, all: number): Promise<void> {
  for (let i = 0; i < count; i++) await alice.submit(`${name}-${i}`, { ...TRUE_JOB, name });
  await until(`${all} jobs have ended`, async () => (await finished()).length === all);
}

async function used(by: string): Promise<pibatch.UsageRow.$Properties[]> {
  const reply = await alice.raw('usage', encodeMessage(pibatch.GetUsage, { by: [by] }));
  return decodeMessage(pibatch.UsageReport, reply.body ?? new Uint8Array()).rows;
}

async function charged(): Promise<number> {
  const reply = await alice.raw('fairShare', encodeMessage(pibatch.GetFairShare, {}));
  const { rows } = decodeMessage(pibatch.FairShareTree, reply.body ?? new Uint8Array());
  return rows.find(({ user }) => user === 'alice')?.usage ?? 0;
}

/** Returns how many went. */
async function prune(beforeMs: number): Promise<number> {
  for (let jobs = 0; ; ) {
    const reply = await bob.raw('prune', encodeMessage(pibatch.Prune, { beforeMs }));
    const pruned = decodeMessage(pibatch.Pruned, reply.body ?? new Uint8Array());
    jobs += pruned.jobs ?? 0;
    if (!pruned.more) return jobs;
  }
}

const coreMs = (rows: readonly pibatch.JobRow.$Properties[]): number =>
  rows
    .flatMap(({ parts }) => parts ?? [])
    .reduce(
      (sum, part) => sum + (part.cores ?? 0) * ((part.endedMs ?? 0) - (part.startedMs ?? 0)),
      0,
    );

describe('finished jobs that are kept no longer', () => {
  test('leave every account but the fair share, also after a restart', async () => {
    await runJobs('old', 40, 40);
    const cutMs = Math.max(...(await finished()).map(({ endedMs }) => endedMs ?? 0)) + 1;
    await until('a later millisecond', async () => Date.now() > cutMs);
    await runJobs('new', 15, 55);
    const before = await charged();
    expect(before).toBeGreaterThan(0);
    expect(coreMs(await finished())).toBeGreaterThan(0);

    expect(await prune(cutMs)).toBe(40);
    for (const restarted of [false, true]) {
      if (restarted) {
        await stage.killScheduler('SIGKILL');
        await stage.startScheduler();
      }
      const rows = await finished();
      expect(new Set(rows.map(({ name }) => name))).toEqual(new Set(['new']));
      expect(rows).toHaveLength(15);
      for (const by of ['user', 'name', 'node', 'day']) {
        const sums = await used(by);
        expect(sums.reduce((sum, row) => sum + (row.jobs ?? 0), 0)).toBe(15);
        expect(sums.reduce((sum, row) => sum + (row.coreMs ?? 0), 0)).toBe(coreMs(rows));
      }
      // Forgotten with its half-life of days only.
      const after = await charged();
      expect(after).toBeLessThanOrEqual(before);
      expect(after).toBeGreaterThan(0.99 * before);
    }
    const next = await alice.submit('next', TRUE_JOB);
    expect(next).toMatchObject({ job: 56, repeated: false });
    expect(await alice.submit('old-0', TRUE_JOB)).toMatchObject({ job: 1, repeated: true });
  });
});

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { encodeMessage, pibatch } from '../../../proto/codec.ts';
import { Asker, ScriptedNode, Stage, TRUE_JOB, until } from './stage.ts';

let stage: Stage;
let node: ScriptedNode;
let alice: Asker;

async function begin(options: { readonly finish: boolean }): Promise<void> {
  await stage.start();
  node = new ScriptedNode(await stage.broker.connect('n1'), 'n1', options);
  node.start();
  alice = new Asker(await stage.broker.connect('alice'), 'alice');
  await until('the node joins', async () => {
    const reply = await alice.raw('nodes', encodeMessage(pibatch.ListNodes, {}));
    return pibatch.NodeList.decode(reply.body ?? new Uint8Array()).nodes[0]?.state === 'idle';
  });
}

beforeEach(() => {
  stage = new Stage();
});
afterEach(async () => {
  node.stop();
  await stage.stop();
});

describe('the scheduler as its users meet it', () => {
  test('a job goes from submit to history, and a repeat finds it there', async () => {
    await begin({ finish: true });
    const { job, repeated } = await alice.submit('request-1', TRUE_JOB);
    expect([job, repeated]).toEqual([1, false]);
    await until('it completes', async () => {
      const rows = await alice.jobs({ ids: [1] });
      return rows[0]?.state === 'COMPLETED';
    });
    const [row] = await alice.jobs({ ids: [1] });
    expect(row).toMatchObject({ user: 'alice', exit: { code: 0, signal: 0 }, nodes: ['n1'] });
    expect(row?.parts).toMatchObject([{ node: 'n1', outcome: 'exited' }]);
    expect(await alice.submit('request-1', TRUE_JOB)).toMatchObject({ job: 1, repeated: true });
    const cancel = await alice.raw('cancel', encodeMessage(pibatch.JobCommand, { job: 1 }));
    expect(cancel.refusal?.code).toBe('jobFinished');
    expect(JSON.parse(cancel.refusal?.detailsJson ?? '')).toEqual({ job: 1, state: 'COMPLETED' });
  });

  test('what is malformed or not allowed is refused, and nothing changes', async () => {
    await begin({ finish: false });
    const bad = async (change: pibatch.JobSpec.$Properties): Promise<string> => {
      const spec = { ...TRUE_JOB, ...change };
      const submit = encodeMessage(pibatch.Submit, { requestId: 'request-9', spec });
      const { refusal } = await alice.raw('submit', submit);
      return `${refusal?.code} ${JSON.parse(refusal?.detailsJson ?? '{}').field}`;
    };
    expect(await bad({ name: 'a\nb' })).toBe('badValue name');
    expect(await bad({ ranks: 4_000_000_000 })).toBe('badValue ranks');
    expect(await bad({ command: { args: [] } })).toBe('badValue command');
    expect(await bad({ environment: { 'A B': '1' } })).toBe('badValue env');
    expect(await bad({ outputs: ['../../etc/passwd'] })).toBe('badValue outputs');
    expect(await bad({ paramsJson: '{' })).toBe('badValue params');
    expect(await bad({ array: { indexes: [1, 2], throttle: 0 } })).toBe('badValue array');
    expect(await bad({ ranks: 500 })).toBe('neverFits undefined');
    expect(await bad({ partition: 'gpu' })).toBe('unknownPartition undefined');
    for (const bytes of [new Uint8Array([1, 2, 3, 255]), new Uint8Array(1_000).fill(0xff)]) {
      const { refusal } = await alice.raw('submit', bytes);
      expect(refusal?.code).toBe('badValue');
    }
    const drain = encodeMessage(pibatch.NodeCommand, { node: 'n1', why: 'mine' });
    expect((await alice.raw('drain', drain)).refusal?.code).toBe('notAllowed');
    expect(await alice.jobs({ finished: true })).toEqual([]);

    await alice.submit('request-1', TRUE_JOB);
    const other = await stage.broker.connect('bob');
    const bob = new Asker(other, 'bob');
    expect((await bob.raw('drain', drain)).refusal ?? undefined).toBeUndefined();
    const unknown = encodeMessage(pibatch.JobCommand, { job: 77 });
    expect((await bob.raw('cancel', unknown)).refusal?.code).toBe('noSuchJob');
  });

  test('many submits share a commit, and pages hold any number of jobs', async () => {
    await begin({ finish: false });
    const spec = { ...TRUE_JOB, hold: true, comment: 'x'.repeat(900) };
    const ids = Array.from({ length: 600 }, (_, index) => `request-${index}`);
    await Promise.all(ids.map((id) => alice.submit(id, spec)));
    const reply = await alice.raw('cluster', encodeMessage(pibatch.GetCluster, {}));
    const { countersJson } = pibatch.ClusterInfo.decode(reply.body ?? new Uint8Array());
    // What waits together shares one fsync.
    const { commits, inputs } = JSON.parse(countersJson);
    expect(inputs).toBeGreaterThanOrEqual(600);
    expect(commits).toBeLessThan(300);
    const rows = await alice.jobs({});
    expect(rows.map(({ job }) => job)).toEqual(ids.map((_, index) => index + 1));
  });

  test('kill -9 in a storm of submits loses nothing that was acknowledged', async () => {
    await begin({ finish: true });
    const acknowledged = new Map<string, number>();
    let sent = 0;
    const stormUntil = async (count: number): Promise<void> => {
      const workers = Array.from({ length: 16 }, async () => {
        while (sent < count) {
          sent += 1;
          const id = `request-${sent}`;
          acknowledged.set(id, (await alice.submit(id, TRUE_JOB)).job);
        }
      });
      await Promise.all(workers);
    };
    const storm = stormUntil(300);
    for (const mark of [50, 130, 220]) {
      await until(`${mark} submits`, async () => acknowledged.size >= mark);
      await stage.killScheduler('SIGKILL');
      await stage.startScheduler();
    }
    await storm;
    await until('all complete', async () => {
      const rows = await alice.jobs({ states: ['COMPLETED'] });
      return rows.length === 300;
    });
    const rows = await alice.jobs({ finished: true });
    expect(rows).toHaveLength(300);
    expect(new Set(acknowledged.values()).size).toBe(300);
    expect(rows.every(({ state, attempt }) => state === 'COMPLETED' && attempt === 1)).toBe(true);
    expect(new Set(node.launched).size).toBe(node.launched.length);
    for (const [id, job] of acknowledged)
      if (job % 100 === 0) expect((await alice.submit(id, TRUE_JOB)).job).toBe(job);
  }, 120_000);

  test('one scheduler a home; SIGTERM ends it cleanly and the next goes on', async () => {
    await begin({ finish: true });
    await alice.submit('request-1', TRUE_JOB);
    const second = stage.runScheduler();
    const code = await new Promise((resolve) => second.once('close', resolve));
    expect(code).toBe(2);
    expect(stage.errors.join('')).toMatch(/a scheduler already runs here, as process \d+/);
    await until('it completes', async () => (await alice.jobs({})).length === 0);
    await stage.killScheduler('SIGTERM');
    expect(stage.errors.join('')).toMatch(/"msg":"ended"/);
    await stage.startScheduler();
    await expect.poll(() => stage.errors.join('')).toMatch(/"folded":0/);
    expect(await alice.jobs({ finished: true })).toMatchObject([{ job: 1, state: 'COMPLETED' }]);
  });
});

test('a home without a configuration is refused with what to do', () => {
  const home = mkdtempSync(join(tmpdir(), 'pibatch-home-'));
  const program = join(import.meta.dirname, '../../../dist/scheduler/live/main.js');
  const run = (...args: string[]) =>
    spawnSync(process.execPath, [program, ...args], { encoding: 'utf8' });
  expect(run()).toMatchObject({ status: 2, stderr: 'usage: main.js --home DIR\n' });
  expect(run('--home', home).status).toBe(2);
  expect(run('--home', home).stderr).toMatch(/pibatch up/);
  writeFileSync(join(home, 'cluster.json'), '{}');
  rmSync(home, { recursive: true });
});

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { inlineText, TestCluster } from './testCluster.ts';

/** What survives the death of agent, job host, scheduler and broker, and what must not. */
const cluster = new TestCluster();
beforeAll(() => cluster.start(['n1', 'n2']));
afterAll(() => cluster.stop());
afterEach(() => cluster.until('nothing is left', () => cluster.leftovers().length === 0));

const sh = (script: string) => ({ command: { args: ['/bin/sh', '-c', script] } });
/** Runs until the test makes the file `go` in its folder. */
const UNTIL_GO = 'echo before; while [ ! -e go ]; do sleep 0.02; done; echo after; exit 5';

function letGo(order: Parameters<TestCluster['partFolder']>[0]): void {
  writeFileSync(join(cluster.partFolder(order), 'work/go'), '');
}

test.each(['SIGKILL', 'SIGTERM'] as const)(
  'a job outlives its agent, ended by %s',
  async (signal) => {
    const order = cluster.order(sh(UNTIL_GO));
    cluster.send(order);
    await cluster.running(order);
    await cluster.stopAgent('n1', signal);
    await cluster.startAgent('n1');
    await cluster.running(order);
    letGo(order);
    const [end] = await cluster.endsOf(order);
    expect(end?.exited).toMatchObject({ code: 5, signal: 0 });
    expect(inlineText(end?.output?.[0])).toBe('before\nafter\n');
  },
);

test('a second agent in the same home is refused', async () => {
  const said = await cluster.startTwice('n1');
  expect(said).toContain('an agent already runs here');
});

test('a job that ends while its agent is away is reported exactly', async () => {
  const order = cluster.order({ ...sh(`${UNTIL_GO}`), outputs: ['go'] });
  cluster.send(order);
  await cluster.running(order);
  await cluster.stopAgent('n1', 'SIGKILL');
  letGo(order);
  await cluster.until('it is over', () => existsSync(join(cluster.partFolder(order), 'exit.json')));
  await cluster.startAgent('n1');
  const [end] = await cluster.endsOf(order);
  expect(end?.exited).toMatchObject({ code: 5, signal: 0 });
  expect(inlineText(end?.output?.[0])).toBe('before\nafter\n');
  expect(end?.files?.map(({ name }) => name)).toEqual(['go']);
});

test('an end order reaches a job whose agent was away when it was given', async () => {
  const order = cluster.order(sh('exec sleep 1000'));
  cluster.send(order);
  await cluster.running(order);
  await cluster.stopAgent('n1', 'SIGKILL');
  await cluster.startAgent('n1');
  cluster.end(order, { why: 'cancelled by alice' });
  const [end] = await cluster.endsOf(order);
  expect(end?.killed).toBeTruthy();
});

test('a job host that is killed takes its ranks along and is never a success', async () => {
  const order = cluster.order(sh('sleep 1000 & exec sleep 1000'));
  cluster.send(order);
  await cluster.running(order);
  process.kill(cluster.hostOf(order), 'SIGKILL');
  const [end] = await cluster.endsOf(order);
  expect(end?.lost).toContain('the job host on n1 was killed');
});

test('a job host that was killed while its agent was away is found dead', async () => {
  const order = cluster.order(sh('exec sleep 1000'));
  cluster.send(order);
  await cluster.running(order);
  await cluster.stopAgent('n1', 'SIGKILL');
  process.kill(cluster.hostOf(order), 'SIGKILL');
  await cluster.startAgent('n1');
  const [end] = await cluster.endsOf(order);
  expect(end?.lost).toContain('the job host on n1 was killed');
});

test('a launch that comes twice runs once', async () => {
  const order = cluster.order(sh(`echo ran; ${UNTIL_GO}`));
  cluster.send(order);
  cluster.send(order);
  await cluster.running(order);
  cluster.send(order);
  letGo(order);
  const [end] = await cluster.endsOf(order);
  expect(inlineText(end?.output?.[0])).toBe('ran\nbefore\nafter\n');
});

test('a launch that comes after its end was acknowledged runs never', async () => {
  const order = cluster.order(sh('echo ran'));
  await cluster.run(order);
  await cluster.until('it is buried', () => !cluster.stageOf(order).id);
  cluster.send(order);
  const probe = cluster.order(sh('echo probe'));
  await cluster.run(probe);
  expect(cluster.stageOf(order).id).toBeUndefined();
});

test('an end for a part that never came refuses its late launch, and says so until told', async () => {
  const order = cluster.order(sh('echo ran'));
  cluster.end(order, { why: 'cancelled by alice' });
  const [end] = await cluster.endsOf(order);
  expect(end?.neverStarted).toContain('cancelled by alice');
  cluster.send(order);
  const [probe] = await cluster.run(cluster.order(sh('echo probe')));
  expect(probe?.exited).toMatchObject({ code: 0 });
  expect(cluster.stageOf(order).id).toBeUndefined();
});

test('orders of another generation or epoch are void', async () => {
  const old = { ...cluster.order(sh('echo ran')), epoch: 0 };
  const foreign = { ...cluster.order(sh('echo ran')), generation: 7 };
  cluster.send(old);
  cluster.send(foreign);
  await cluster.run(cluster.order(sh('echo probe')));
  for (const order of [old, foreign]) expect(cluster.stageOf(order).id).toBeUndefined();
});

test('a fence ends what is older before the new epoch is adopted', async () => {
  const order = cluster.order(sh('trap "sleep 0.2; exit 1" TERM; while :; do sleep 0.02; done'));
  cluster.send(order);
  await cluster.running(order);
  Object.assign(cluster.answer, { epoch: 2, fence: true });
  let livedInNewEpoch = false;
  await cluster.until('the new epoch', () => {
    const report = cluster.reports.get('n1');
    livedInNewEpoch ||= report?.epoch === 2 && cluster.leftovers().length > 0;
    return report?.epoch === 2 && cluster.reports.get('n2')?.epoch === 2;
  });
  cluster.answer.fence = false;
  expect(livedInNewEpoch).toBe(false);
  const [end] = await cluster.run(cluster.order(sh('echo new')));
  expect(end?.exited).toMatchObject({ code: 0 });
  const identity = JSON.parse(readFileSync(join(cluster.home('n1'), 'identity.json'), 'utf8'));
  expect(identity.epoch).toBe(2);
});

test('a lease that is over ends requeueable jobs and no others', async () => {
  const mayRequeue = cluster.order({ ...sh('exec sleep 1000'), requeue: true });
  const stays = cluster.order({ ...sh(UNTIL_GO), requeue: false });
  cluster.send(mayRequeue);
  cluster.send(stays);
  await Promise.all([cluster.running(mayRequeue), cluster.running(stays)]);
  cluster.silent = true;
  const exit = join(cluster.partFolder(mayRequeue), 'exit.json');
  await cluster.stopAgent('n1', 'SIGKILL');
  // On a busy machine the lease may be over before the scheduler is silent: keep what it leaves.
  Object.assign(cluster.answer, { leaseMs: 1_500, acknowledge: false });
  cluster.silent = false;
  await cluster.startAgent('n1');
  await cluster.until(
    'the agent has it again',
    () => Boolean(cluster.stageOf(mayRequeue).running) || existsSync(exit),
  );
  cluster.silent = true;
  await cluster.until('the lease is over', () => existsSync(exit));
  expect(JSON.parse(readFileSync(exit, 'utf8')).outcome.kind).toBe('leaseExpired');
  cluster.silent = false;
  Object.assign(cluster.answer, { leaseMs: 60_000, acknowledge: true });
  letGo(stays);
  const [end] = await cluster.endsOf(stays);
  expect(end?.exited).toMatchObject({ code: 5 });
  await cluster.endsOf(mayRequeue);
});

test('the other nodes of a script hold their cores until it ends', async () => {
  const text = '#!/bin/sh\necho up\nwhile [ ! -e go ]; do sleep 0.02; done\n';
  const order = cluster.order({ script: { text } }, { nodes: ['n1', 'n2'] });
  cluster.send(order);
  const ended = cluster.endsOf(order);
  await cluster.until('the script runs', () =>
    existsSync(join(cluster.partFolder(order), 'out/rank.0')),
  );
  expect(cluster.stageOf(order, 1).running).toBeTruthy();
  letGo(order);
  const ends = await ended;
  expect(ends.map(({ exited }) => exited)).toMatchObject([{ code: 0 }, { code: 0 }]);
  expect(ends.map(({ output }) => output?.length)).toEqual([1, 0]);
});

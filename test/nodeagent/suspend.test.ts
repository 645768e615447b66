import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { statOf } from '../../nodeagent/process/procfs.ts';
import { inlineText, TestCluster } from './testCluster.ts';

/** A suspended part does nothing, outlives its agent, and can be ended or go on at any time. */
const cluster = new TestCluster();
beforeAll(() => cluster.start(['n1', 'n2']));
afterAll(() => cluster.stop());
afterEach(() => cluster.until('nothing is left', () => cluster.leftovers().length === 0));

type Order = Parameters<TestCluster['partFolder']>[0];
const sh = (script: string) => ({ command: { args: ['/bin/sh', '-c', script] } });

/** Counts in a file until the test makes the file `go`; each rank by itself. */
const COUNTS = `import { existsSync, renameSync, writeFileSync } from 'node:fs';
  import type { Communicator } from '../../collectives/kernel.ts';
  export default function (comm: Communicator, params: { count?: string } = {}) {
    for (let n = 1; ; n += 1) {
      const path = params.count ?? 'count';
      writeFileSync(path + comm.rank, String(n));
      renameSync(path + comm.rank, path);
      for (let i = 0; i < 1e5; i += 1) Math.sqrt(i);
      if (comm.allreduce(existsSync('go') ? 1 : 0, 'max') === 1) return comm.allreduce(1, 'sum');
    }
  }`;

async function countingKernel() {
  const bundle = await build({
    stdin: { contents: COUNTS, loader: 'ts', resolveDir: import.meta.dirname },
    bundle: true,
    format: 'esm',
    platform: 'node',
    write: false,
  });
  const sha256 = await cluster.bus.putBlob(bundle.outputFiles[0]?.contents ?? new Uint8Array());
  return { kernel: { sha256, file: 'kernel.ts' } };
}

const work = (order: Order, part: number, name: string): string =>
  join(cluster.partFolder(order, part), 'work', name);

function count(order: Order, part = 0, name = 'count'): number {
  const path = work(order, part, name);
  return existsSync(path) ? Number(readFileSync(path, 'utf8')) : 0;
}

const counts = (order: Order, part: number, from: number): Promise<void> =>
  cluster.until('it counts', () => {
    const end = cluster.ends.get(cluster.key(order, part));
    if (end) throw new Error(`it has ended: ${JSON.stringify(end).slice(0, 300)}`);
    return count(order, part) > from;
  });

async function suspended(order: Order): Promise<void> {
  cluster.setTerms(order, { suspended: true });
  await isSuspended(order);
}

const isSuspended = (order: Order): Promise<void> =>
  cluster.until('it is suspended', () =>
    (order.parts ?? []).every((_, part) => cluster.stageOf(order, part).running?.terms?.suspended),
  );

/** Longer than a counting job needs to count: another one counts to twenty meanwhile. */
async function someWork(): Promise<void> {
  const probe = cluster.order(sh('i=0; while [ $i -lt 20 ]; do sleep 0.01; i=$((i+1)); done'));
  const [end] = await cluster.run(probe);
  expect(end?.exited).toMatchObject({ code: 0 });
}

async function standsStill(order: Order, names = ['count']): Promise<void> {
  const parts = (order.parts ?? []).map((_, part) => part);
  const all = (): number[] =>
    parts.flatMap((part) => names.map((name) => count(order, part, name)));
  const before = all();
  await someWork();
  expect(all()).toEqual(before);
  expect(before.every((n) => n > 0)).toBe(true);
}

function letGo(order: Order): void {
  writeFileSync(work(order, 0, 'go'), '');
}

test('a command stops with all it has started, and goes on', async () => {
  const loop = (name: string) =>
    `n=0; while [ ! -e go ]; do n=$((n+1)); echo $n > ${name}.new; mv ${name}.new ${name}; sleep 0.01; done`;
  const order = cluster.order(
    sh(
      `setsid env -i PATH="$PATH" /bin/sh -c '${loop('hidden')}' & ${loop('count')}; wait; echo done`,
    ),
  );
  cluster.send(order);
  await cluster.until('both count', () => count(order) > 0 && count(order, 0, 'hidden') > 0);
  await suspended(order);
  await standsStill(order, ['count', 'hidden']);
  const before = count(order);
  cluster.setTerms(order, { suspended: false });
  await counts(order, 0, before);
  letGo(order);
  const [end] = await cluster.endsOf(order);
  expect(end?.exited).toMatchObject({ code: 0 });
  expect(inlineText(end?.output?.[0])).toBe('done\n');
  expect(end?.suspendedMs).toBeGreaterThan(0);
});

test('a kernel on two nodes stops, and its result is right', async () => {
  const order = cluster.order(await countingKernel(), { nodes: ['n1', 'n2'], ranks: 2 });
  cluster.send(order);
  await wired(order);
  await counts(order, 1, 1);
  await suspended(order);
  await standsStill(order);
  cluster.setTerms(order, { suspended: false });
  await counts(order, 1, count(order, 1));
  letGo(order);
  const ends = await cluster.endsOf(order);
  expect(ends.map(({ failure }) => failure?.message)).toEqual([undefined, undefined]);
  expect(JSON.parse(inlineText(ends[0]?.result))).toBe(4);
  for (const end of ends) {
    expect(end.suspendedMs).toBeGreaterThan(0);
    expect(end.usage?.every(({ usefulMs }) => usefulMs == null)).toBe(true);
  }
});

test('parts that stop and go on at different times do not take each other for lost', async () => {
  const order = cluster.order(await countingKernel(), { nodes: ['n1', 'n2'] });
  cluster.send(order);
  await wired(order);
  await counts(order, 1, 1);
  cluster.setTerms(order, { suspended: true }, 0);
  await cluster.until('one stands still', () => isStill(order, 0));
  await longSilence();
  cluster.setTerms(order, { suspended: true }, 1);
  await isSuspended(order);
  cluster.setTerms(order, { suspended: false }, 0);
  await cluster.until('one goes on', () => !isStill(order, 0));
  await longSilence();
  const before = count(order, 1);
  cluster.setTerms(order, { suspended: false }, 1);
  await counts(order, 1, before);
  letGo(order);
  const ends = await cluster.endsOf(order);
  expect(ends.map(({ failure }) => failure?.message)).toEqual([undefined, undefined]);
  expect(JSON.parse(inlineText(ends[0]?.result))).toBe(2);
});

const isStill = (order: Order, part: number): boolean =>
  cluster.stageOf(order, part).running?.terms?.suspended === true;

/** More heartbeats than the 10 s after which a silent peer is lost have seconds. */
async function longSilence(): Promise<void> {
  const heard = (): number => cluster.reports.get('n1')?.count ?? 0;
  const from = heard();
  await cluster.until('it was silent for long', () => heard() > from + 13);
}

async function wired(order: Order): Promise<void> {
  await cluster.until('it is wired', () => cluster.wireWhenListening(order));
}

test('a suspended kernel outlives its agent, stays suspended, and completes', async () => {
  const order = cluster.order(await countingKernel(), { ranks: 2 });
  cluster.send(order);
  await counts(order, 0, 1);
  await suspended(order);
  await cluster.stopAgent('n1', 'SIGKILL');
  const before = count(order);
  await cluster.startAgent('n1');
  await isSuspended(order);
  await standsStill(order);
  expect(count(order)).toBe(before);
  cluster.setTerms(order, { suspended: false });
  await counts(order, 0, before);
  letGo(order);
  const [end] = await cluster.endsOf(order);
  expect(JSON.parse(inlineText(end?.result))).toBe(2);
});

test('a host that somebody else continues is stopped again', async () => {
  const order = cluster.order(await countingKernel());
  cluster.send(order);
  await counts(order, 0, 1);
  await suspended(order);
  const host = cluster.hostOf(order);
  process.kill(host, 'SIGCONT');
  await cluster.until('it runs', () => statOf(host)?.stopped === false);
  await cluster.until('it is stopped', () => statOf(host)?.stopped === true);
  await standsStill(order);
  cluster.end(order, { why: 'enough' });
  await cluster.endsOf(order);
});

test.each(['kernel', 'command'])('a suspended %s can be cancelled', async (kind) => {
  const script = 'trap "echo bye; exit 3" TERM; n=0; while :; do n=$((n+1)); echo $n > count; done';
  const order = cluster.order(kind === 'kernel' ? await countingKernel() : sh(script));
  cluster.send(order);
  await counts(order, 0, 1);
  await suspended(order);
  cluster.end(order, { why: 'cancelled by alice' });
  const [end] = await cluster.endsOf(order);
  expect(end?.killed).toBeTruthy();
  if (kind === 'command') expect(inlineText(end?.output?.[0])).toBe('bye\n');
});

test('a suspended kernel is cancelled through an agent that has just started', async () => {
  const order = cluster.order(await countingKernel());
  cluster.send(order);
  await counts(order, 0, 1);
  await suspended(order);
  await cluster.stopAgent('n1', 'SIGKILL');
  await cluster.startAgent('n1');
  cluster.end(order, { why: 'cancelled by alice' });
  const [end] = await cluster.endsOf(order);
  expect(end?.killed ?? end?.lost).toBeTruthy();
});

test('a node that was given up kills what is suspended: it never runs again', async () => {
  const path = join(cluster.broker.folder, 'given-up');
  const paramsJson = JSON.stringify({ count: path });
  const order = cluster.order({ ...(await countingKernel()), paramsJson });
  cluster.send(order);
  await cluster.until('it counts', () => existsSync(path));
  await suspended(order);
  const host = cluster.hostOf(order);
  const before = readFileSync(path, 'utf8');
  cluster.answer.epoch += 1;
  cluster.answer.fence = true;
  await cluster.until('it is gone', () => !isThere(host) && !cluster.stageOf(order).id);
  cluster.answer.fence = false;
  expect(readFileSync(path, 'utf8')).toBe(before);
});

const isThere = (id: number): boolean => statOf(id) !== undefined;

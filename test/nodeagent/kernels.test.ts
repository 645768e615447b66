import { build } from 'esbuild';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { inlineText, TestCluster } from './testCluster.ts';

/** What users' kernels do, good and bad, and how it is told to them. */
const cluster = new TestCluster();
beforeAll(() => cluster.start(['n1', 'n2']));
afterAll(() => cluster.stop());
afterEach(() => cluster.until('nothing is left', () => cluster.leftovers().length === 0));

async function kernel(source: string, file = 'kernel.ts') {
  const contents = `import type { Communicator } from '../../collectives/kernel.ts';\n${source}`;
  const bundle = await build({
    stdin: { contents, loader: 'ts', resolveDir: import.meta.dirname, sourcefile: file },
    bundle: true,
    format: 'esm',
    platform: 'node',
    write: false,
    sourcemap: 'inline',
  });
  const bytes = bundle.outputFiles[0]?.contents ?? new Uint8Array();
  return { kernel: { sha256: await cluster.bus.putBlob(bytes), file } };
}

const main = (body: string): string =>
  `export default function (comm: Communicator, params: { add: number }) { ${body} }`;

test('a kernel returns the result of rank 0 and sees its rank, its params and its environment', async () => {
  const spec = await kernel(
    main(`console.log('rank', comm.rank, process.env.PIBATCH_RANK);
      return { sum: comm.allreduce(comm.rank + params.add, 'sum'), size: comm.size };`),
  );
  const order = cluster.order({ ...spec, paramsJson: '{"add":10}' }, { ranks: 3 });
  const [end] = await cluster.run(order);
  expect(end?.failure?.message).toBeUndefined();
  expect(end?.exited).toMatchObject({ code: 0 });
  expect(JSON.parse(inlineText(end?.result))).toEqual({ sum: 33, size: 3 });
  expect(end?.output?.map(inlineText)).toEqual(['rank 0 0\n', 'rank 1 1\n', 'rank 2 2\n']);
  expect(end?.usage?.every(({ cpuMs }) => (cpuMs ?? 0) > 0)).toBe(true);
  expect(end?.usage?.every(({ collectiveCalls }) => (collectiveCalls ?? 0) > 0)).toBe(true);
  expect(end?.peakMemoryBytes).toBeGreaterThan(0);
});

test('two nodes compute together', async () => {
  const spec = await kernel(
    main(`const ones = new Float64Array(1000).fill(comm.rank);
      return comm.allreduce(ones, 'sum')[999];`),
  );
  const ends = await cluster.run(cluster.order(spec, { nodes: ['n1', 'n2'], ranks: 2 }));
  expect(ends.map(({ failure }) => failure?.message)).toEqual([undefined, undefined]);
  expect(JSON.parse(inlineText(ends[0]?.result))).toBe(6);
  expect(ends[1]?.result).toBeFalsy();
  expect(ends[0]?.usage?.[0]?.bytesSent).toBeGreaterThan(0);
});

test('ranks dealt out one by one know their places, and their collectives are in their order', async () => {
  const spec = await kernel(
    main(`const { SLURM_PROCID, SLURM_LOCALID, SLURM_NODEID } = process.env;
      console.log(comm.rank, SLURM_PROCID, SLURM_LOCALID, SLURM_NODEID);
      const all = comm.allgather(new Float64Array([comm.rank]));
      const right = (comm.rank + 1) % comm.size;
      const left = (comm.rank + comm.size - 1) % comm.size;
      comm.send(comm.rank, right);
      const from = comm.recv({ source: left }).value;
      const sum = comm.allreduce(comm.rank, 'sum');
      return { all: [...all], from, sum };`),
  );
  const wishes = { distribution: 'cyclic' };
  const order = cluster.order({ ...spec, wishes }, { nodes: ['n1', 'n2'], ranks: 2 });
  const ends = await cluster.run(order);
  expect(ends.map(({ failure }) => failure?.message)).toEqual([undefined, undefined]);
  expect(ends.map(({ output }) => output?.map(inlineText))).toEqual([
    ['0 0 0 0\n', '2 2 1 0\n'],
    ['1 1 0 1\n', '3 3 1 1\n'],
  ]);
  expect(ends.map(({ usage }) => usage?.map(({ rank }) => rank))).toEqual([
    [0, 2],
    [1, 3],
  ]);
  expect(JSON.parse(inlineText(ends[0]?.result))).toEqual({ all: [0, 1, 2, 3], from: 3, sum: 6 });
});

test('an asynchronous kernel is waited for', async () => {
  const spec = await kernel(
    `export default async function (comm: Communicator) {
      await new Promise((done) => setTimeout(done, 50));
      return comm.rank;
    }`,
  );
  const [end] = await cluster.run(cluster.order(spec));
  expect(inlineText(end?.result)).toBe('0');
});

test.each([
  [
    'throws on one rank',
    main(`if (comm.rank === 1) throw new RangeError('too far'); comm.barrier();`),
    /^threw RangeError: too far \(kernel\.ts:2:\d+\)$/,
  ],
  [
    'throws at import',
    `throw new Error('not today'); ${main('return 1')}`,
    /^could not load kernel\.ts: threw Error: not today/,
  ],
  [
    'has no default export',
    'export function run() {}',
    /found no kernel in kernel\.ts: it exports run; write 'export default function/,
  ],
  ['calls process.exit', main('process.exit(4)'), /^called process\.exit\(4\)/],
  [
    'waits for nothing',
    'export default () => new Promise(() => {});',
    /never finished: its kernel awaits something/,
  ],
  [
    'rejects in the background',
    'export default () => { Promise.reject(new Error("lost")); return new Promise(() => {}); };',
    /threw Error: lost/,
  ],
  ['returns what JSON cannot hold', main('return 10n ** 30n'), /return value cannot be JSON/],
])('a kernel that %s', async (_, source, message) => {
  const [end] = await cluster.run(cluster.order(await kernel(source), { ranks: 2 }));
  expect(end?.failure?.message).toMatch(message);
  expect(end?.exited?.code).toBeGreaterThan(0);
});

test('a kernel that is not a module', async () => {
  const bytes = Buffer.from('this is not { javascript');
  const sha256 = await cluster.bus.putBlob(bytes);
  const [end] = await cluster.run(cluster.order({ kernel: { sha256, file: 'bad.ts' } }));
  expect(end?.failure?.message).toMatch(/could not load bad\.ts: threw SyntaxError/);
});

test('a kernel that exhausts its memory', async () => {
  const spec = await kernel(
    main('const all: number[][] = []; for (;;) all.push(new Array(10000).fill(1.5));'),
  );
  const order = cluster.order({ ...spec, memoryPerRankBytes: 40 * 2 ** 20 });
  const [end] = await cluster.run(order);
  expect(end?.outOfMemory).toBeTruthy();
  expect(end?.failure?.message).toMatch(/^ran out of memory.*40 MiB/);
});

test('a kernel that never returns meets its time limit, and its output is complete', async () => {
  const spec = await kernel(main('console.log("still"); console.log("here"); for (;;);'));
  const [end] = await cluster.run(cluster.order({ ...spec, timeLimitMs: 3_000 }, { ranks: 2 }));
  expect(end?.timeLimit).toBeTruthy();
  expect(end?.output?.map(inlineText)).toEqual(['still\nhere\n', 'still\nhere\n']);
  expect(end?.usage?.[0]?.cpuMs).toBeGreaterThan(0);
});

test('ranks that wait in a collective are ended by an order', async () => {
  const spec = await kernel(main('if (comm.rank === 0) for (;;); comm.barrier();'));
  const order = cluster.order(spec, { nodes: ['n1', 'n2'] });
  cluster.send(order);
  const ended = cluster.endsOf(order);
  await cluster.until('it is wired', () => Boolean(cluster.stageOf(order, 1).running?.wired));
  cluster.end(order, { why: 'cancelled by alice' });
  const ends = await ended;
  expect(ends.every(({ killed }) => killed)).toBe(true);
});

test('a part whose peer never comes waits, and can be ended', async () => {
  const order = cluster.order(await kernel(main('comm.barrier();')), { nodes: ['n1', 'n2'] });
  const [first] = order.parts ?? [];
  const alone = { ...order, parts: [{ ...first }, { ...first, node: 'gone', firstRank: 1 }] };
  cluster.send(alone);
  await cluster.until('it listens', () => Boolean(cluster.stageOf(alone).running?.listens));
  expect(cluster.stageOf(alone).running?.wired).toBe(false);
  cluster.end(alone, { why: 'its peer did not start' });
  await cluster.until('it is over', () => cluster.ends.has(cluster.key(alone, 0)));
  expect(cluster.ends.get(cluster.key(alone, 0))?.killed).toBeTruthy();
});

test('a rank that fails on one node is named on the other', async () => {
  const spec = await kernel(main(`if (comm.rank === 1) throw new Error('boom'); comm.barrier();`));
  const ends = await cluster.run(cluster.order(spec, { nodes: ['n1', 'n2'] }));
  expect(ends[1]?.failure?.message).toContain('threw Error: boom');
  expect(ends[0]?.failure?.message).toContain('rank 1');
});

test('progress is reported while the kernel runs', async () => {
  const spec = await kernel(
    main(`comm.progress(0.25); const until = Date.now() + 60000; while (Date.now() < until);`),
  );
  const order = cluster.order(spec);
  cluster.send(order);
  await cluster.until('progress', () => cluster.stageOf(order).running?.progress === 0.25);
  cluster.end(order, { why: 'seen' });
  await cluster.endsOf(order);
});

/**
 * `npm run bench -- efficiency [--repeat N] [--only NAME]`: what two ranks of the CPU-bound examples make of two
 * cores. One and two ranks, `--repeat` (3) times each in turn, through the whole real stack (`pisub --scale 1,2`)
 * on one node whose ranks are pinned; the parallel efficiency T1 / (2 T2), and where the rest went, as
 * `piacct speedup` says. Shares are of the time that the ranks had; compute is what is left of it.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageFolder } from '../cli/pibatch/programs.ts';
import { startCluster } from '../test/live/cluster.ts';
import { member, speedupSweep } from './speedupSweep.ts';
import { wholeNumberAfter } from './wholeNumberAfter.ts';

const RANKS = 2;
const DEFAULT_REPEAT = 3;
const WANTED = 0.9;

/** Some seconds of work on one core each. */
const EXAMPLES = [
  { name: 'matmul', params: { order: 1280, compare: 0 } },
  { name: 'heat', params: { cells: 1024, sweeps: 1500 } },
] as const;

export async function run(argv: string[]): Promise<unknown> {
  const repeat = wholeNumberAfter(argv, '--repeat') ?? DEFAULT_REPEAT;
  const only = argv.includes('--only') ? (argv[argv.indexOf('--only') + 1] ?? '') : '';
  const abort = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => abort.abort());
  const folder = mkdtempSync(join(tmpdir(), 'pibatch-efficiency-'));
  const cluster = await startCluster({ nodes: [{ name: 'pi1', cores: [0, 1] }] });
  try {
    const examples = [];
    for (const { name, params } of EXAMPLES.filter((example) => example.name.includes(only))) {
      const kernel = join(packageFolder(), 'examples', name, 'kernel.ts');
      const sweep = { folder, name, kernel, params, nodes: 1, scale: [1, RANKS], repeat };
      const judged = judge(name, await speedupSweep(cluster, { ...sweep, signal: abort.signal }));
      process.stderr.write(`${JSON.stringify(judged)}\n`);
      examples.push(judged);
    }
    return { bench: 'efficiency', repeat, ok: examples.every(({ ok }) => ok), examples };
  } finally {
    await cluster.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

function judge(name: string, said: unknown) {
  const rows = member(said, 'rows');
  const of = (ranks: number): unknown =>
    Array.isArray(rows) ? rows.find((row: unknown) => member(row, 'ranks') === ranks) : undefined;
  const [one, two] = [of(1), of(RANKS)];
  const efficiency = Number(member(one, 'seconds')) / Number(member(two, 'seconds')) / RANKS;
  const share = (part: string): number => Number(member(two, 'decomposition', part));
  const lost = {
    serial: share('serial'),
    imbalance: share('imbalance'),
    transfer: share('transfer'),
    extra: share('extra'),
    other: share('other'),
  };
  return {
    name,
    seconds: [member(one, 'seconds'), member(two, 'seconds')],
    efficiency,
    lost,
    pop: member(two, 'pop'),
    verdict: member(said, 'verdict'),
    ok: efficiency >= WANTED,
  };
}

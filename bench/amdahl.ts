/**
 * `npm run bench -- amdahl`: is an injected serial share, and an injected imbalance, found again? Sweeps of
 * amdahl/kernel.ts through the whole real stack (`pisub --scale 1,2,4,8,16 --repeat 3`, broker,
 * scheduler, agent, job hosts, history, `piacct speedup --json`) on nodes that pretend to have 16 cores
 * together. Options: `--work-ms N` (20000) of work per run; `--nodes N` (1) that every run lies on, from
 * N ranks on; `--rounds N` (1) of collectives.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageFolder } from '../cli/pibatch/programs.ts';
import { startCluster } from '../test/live/cluster.ts';
import { member, speedupSweep } from './speedupSweep.ts';
import { wholeNumberAfter } from './wholeNumberAfter.ts';

const RANKS = [1, 2, 4, 8, 16];
const REPEAT = 3;
/** The run with most ranks has the nodes to itself. */
const CORES = 16;
/** Half a point: what an attributed share may be off. */
const TOLERANCE = 0.005;

const INJECTED = [
  { name: 'none', serial: 0, imbalance: 0 },
  { name: 'serial4', serial: 0.04, imbalance: 0 },
  { name: 'serial15', serial: 0.15, imbalance: 0 },
  { name: 'imbalance8', serial: 0, imbalance: 0.08 },
] as const;

export async function run(argv: string[]): Promise<unknown> {
  const workMs = wholeNumberAfter(argv, '--work-ms') ?? 20_000;
  const nodes = wholeNumberAfter(argv, '--nodes') ?? 1;
  const rounds = wholeNumberAfter(argv, '--rounds') ?? 1;
  const abort = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => abort.abort());
  const { signal } = abort;
  const folder = mkdtempSync(join(tmpdir(), 'pibatch-amdahl-'));
  const cores = Array.from({ length: CORES / nodes }, (_, core) => core);
  const planned = Array.from({ length: nodes }, (_, index) => ({ name: `pi${index + 1}`, cores }));
  const kernel = join(packageFolder(), 'bench/amdahl/kernel.ts');
  const scale = RANKS.filter((count) => count >= nodes);
  const common = { folder, kernel, nodes, scale, repeat: REPEAT };
  const cluster = await startCluster({ nodes: planned });
  try {
    const sweeps = [];
    for (const injected of INJECTED) {
      process.stderr.write(`sweep ${injected.name}\n`);
      const params = { ...injected, workMs, rounds };
      const sweep = { ...common, name: injected.name, params, signal };
      const said = await speedupSweep(cluster, sweep);
      const judged = judge(injected, said);
      process.stderr.write(`${JSON.stringify(judged)}\n`);
      sweeps.push(judged);
    }
    return { name: 'amdahl', workMs, nodes, rounds, ok: sweeps.every(({ ok }) => ok), sweeps };
  } finally {
    await cluster.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Whether the share lies in the interval of f, and the cause has it within half a point. */
function judge(injected: (typeof INJECTED)[number], said: unknown) {
  const number = (...keys: readonly string[]): number => Number(member(said, ...keys));
  const share = injected.serial + injected.imbalance;
  const [fLow, fHigh] = [number('fit', 'fLow'), number('fit', 'fHigh')];
  const cause = injected.imbalance > 0 ? 'imbalance' : 'serial';
  const attributed = number('decomposition', cause);
  const inInterval = share >= fLow && share <= fHigh;
  const isAttributed = Math.abs(attributed - share) <= TOLERANCE;
  return {
    ...injected,
    verdict: member(said, 'verdict'),
    model: member(said, 'fit', 'model'),
    f: number('fit', 'f'),
    fLow,
    fHigh,
    inInterval,
    cause,
    attributed,
    isAttributed,
    serialPhase: member(said, 'decomposition', 'serialPhase'),
    decomposition: parts(said),
    ok: inInterval && isAttributed,
  };
}

const parts = (said: unknown) =>
  Object.fromEntries(
    ['e', 'serial', 'imbalance', 'transfer', 'extra', 'other'].map((key) => [
      key,
      member(said, 'decomposition', key),
    ]),
  );

/**
 * `npm run bench -- amdahl`: is an injected serial share, and an injected imbalance, found again? Sweeps of
 * amdahl/kernel.ts through the whole real stack (`pisub --scale 1,2,4,8,16 --repeat 3`, broker,
 * scheduler, agent, job hosts, history, `piacct speedup --json`) on nodes that pretend to have 16 cores
 * together. Options: `--work-ms N` (20000) of work per run; `--nodes N` (1) that every run lies on, from
 * N ranks on; `--rounds N` (1) of collectives.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { packageFolder } from '../cli/pibatch/programs.ts';
import { type LiveCluster, startCluster } from '../test/live/cluster.ts';
import type { AmdahlParams } from './amdahl/kernel.ts';
import { wholeNumberAfter } from './wholeNumberAfter.ts';

const RANKS = [1, 2, 4, 8, 16];
const REPEAT = 3;
/** The run with most ranks has the nodes to itself. */
const CORES = 16;
const POLLS = 400;
const POLL_MS = 1_000;
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
  const cluster = await startCluster({ nodes: planned });
  try {
    const sweeps = [];
    for (const injected of INJECTED) {
      process.stderr.write(`sweep ${injected.name}\n`);
      const params = { ...injected, workMs, rounds };
      const said = await sweep(cluster, { folder, name: injected.name, nodes, params, signal });
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

type Sweep = {
  readonly folder: string;
  readonly name: string;
  readonly nodes: number;
  readonly params: AmdahlParams;
  readonly signal: AbortSignal;
};

/** Returns what `piacct speedup --json` says once all runs have ended. */
async function sweep(cluster: LiveCluster, options: Sweep): Promise<unknown> {
  const { folder, name, nodes, params, signal } = options;
  const ranks = RANKS.filter((count) => count >= nodes);
  const path = join(folder, `${name}.yaml`);
  const kernel = join(packageFolder(), 'bench/amdahl/kernel.ts');
  const lines = [
    `name: ${name}`,
    `kernel: ${JSON.stringify(kernel)}`,
    'time: 5m',
    `nodes: ${nodes}`,
    `params: ${JSON.stringify(params)}`,
  ];
  writeFileSync(path, `${lines.join('\n')}\n`);
  const scale = ['--scale', ranks.join(), '--repeat', String(REPEAT), '--json', path];
  const sent = await cluster.run('pisub', scale, { cwd: folder });
  if (sent.code !== 0) throw new Error(`pisub ended with ${sent.code}: ${sent.stderr}`);
  const group = String(member(JSON.parse(sent.stdout), '0', 'group'));
  for (let poll = 0; poll < POLLS; poll++) {
    await sleep(POLL_MS, undefined, { signal });
    const { stdout } = await cluster.run('piacct', ['speedup', '--group', group, '--json']);
    const said: unknown = stdout === '' ? {} : JSON.parse(stdout);
    if (Number(member(said, 'runs', 'used')) >= ranks.length * REPEAT) return said;
    const excluded = member(said, 'runs', 'excluded');
    if (Array.isArray(excluded) && excluded.length > 0)
      throw new Error(`runs were left out: ${JSON.stringify(excluded)}`);
  }
  throw new Error(`the sweep ${name} did not end`);
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

function member(value: unknown, ...keys: readonly string[]): unknown {
  return keys.reduce<unknown>((inner, key) => Reflect.get(Object(inner), key), value);
}

/**
 * `npm run bench -- scavenger`: how soon a scavenger's ranks are gone when somebody else wants the cores, through
 * the whole real stack on one node. The scavenger holds all cores; a job of the ordinary partition is
 * submitted; measured are the time until the scavenger's process does not exist any more, and until the
 * other job's rank runs. Scavengers of three kinds: one that ends at TERM, one that ignores it (and has
 * half a second, the partition's usual grace), and a kernel that computes without a pause.
 * Options: `--rounds N` (20) of each kind.
 *
 * The node pretends to have 64 cores, so that this machine's own load does not keep scavengers away.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type LiveCluster, startCluster } from '../test/live/cluster.ts';
import { BenchUser } from './benchUser.ts';
import { percentile } from './percentile.ts';
import { wholeNumberAfter } from './wholeNumberAfter.ts';

const CORES = 64;
const POLL_MS = 1;
const PATIENCE_MS = 60_000;
const PARTITIONS = [
  { name: 'main', maxTimeMs: 0 },
  { name: 'spare', maxTimeMs: 0, tier: 0, scavenger: true, preempt: 'cancel' },
] as const;

const KERNEL = `import { renameSync, writeFileSync } from 'node:fs';
export default (_comm, { file }) => {
  writeFileSync(file + '.new', String(process.pid));
  renameSync(file + '.new', file);
  for (let n = 0; ; n++) Math.sqrt(n);
};`;

type Kind = 'polite' | 'stubborn' | 'kernel';
type Round = { readonly goneMs: number; readonly startMs: number };

export async function run(argv: string[]): Promise<unknown> {
  const rounds = wholeNumberAfter(argv, '--rounds') ?? 20;
  const abort = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => abort.abort());
  const folder = mkdtempSync(join(tmpdir(), 'pibatch-scavenger-'));
  const cores = Array.from({ length: CORES }, (_, core) => core);
  const cluster = await startCluster({
    nodes: [{ name: 'pi1', cores }],
    settings: { partitions: PARTITIONS },
  });
  const user = await BenchUser.connect(cluster.connectionPath);
  try {
    const stage = { cluster, user, folder, signal: abort.signal };
    const kinds: Record<string, unknown> = {};
    for (const kind of ['polite', 'stubborn', 'kernel'] as const) {
      const measured: Round[] = [];
      for (let round = 0; round < rounds; round++) measured.push(await yields(stage, kind, round));
      kinds[kind] = summary(measured);
      process.stderr.write(`${kind}: ${JSON.stringify(kinds[kind])}\n`);
    }
    return { name: 'scavenger', rounds, load1m: loadavg()[0], ...kinds };
  } finally {
    await user.close();
    await cluster.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

type Stage = {
  readonly cluster: LiveCluster;
  readonly user: BenchUser;
  readonly folder: string;
  readonly signal: AbortSignal;
};

async function yields(stage: Stage, kind: Kind, round: number): Promise<Round> {
  const { cluster, user, folder, signal } = stage;
  const file = join(folder, `${kind}-${round}`);
  const asked = ['--parsable', '-p', 'spare', '-c', String(CORES), '--time', '10m'];
  const sent = await cluster.run('pisub', [...asked, ...programOf(kind, { folder, file })], {
    cwd: folder,
  });
  if (sent.code !== 0) throw new Error(`pisub ended with ${sent.code}: ${sent.stderr}`);
  await until(() => existsSync(file), { what: 'the scavenger has started', signal });
  const rank = Number(readFileSync(file, 'utf8'));
  const beganMs = performance.now();
  const job = await user.submit(`normal-${kind}-${round}`);
  await until(() => !exists(rank), { what: 'the scavenger is gone', signal });
  const goneMs = performance.now() - beganMs;
  const [times] = await user
    .finished([job, Number(sent.stdout)], signal)
    .then((all) => all.slice(-1));
  return { goneMs, startMs: (times?.startedMs ?? 0) - (times?.submittedMs ?? 0) };
}

/** The rank leaves its process id in the file. */
function programOf(
  kind: Kind,
  { folder, file }: { readonly folder: string; readonly file: string },
): readonly string[] {
  if (kind === 'kernel') {
    const kernel = join(folder, 'busy.ts');
    const job = join(folder, 'busy.yaml');
    writeFileSync(kernel, KERNEL);
    writeFileSync(job, JSON.stringify({ name: 'busy', kernel, params: { file } }));
    return [job];
  }
  const mark = `echo $$ > ${file}.new; mv ${file}.new ${file}`;
  if (kind === 'polite') return ['--wrap', `${mark}; exec sleep 3600`];
  return ['--wrap', `trap '' TERM; ${mark}; while :; do sleep 0.02; done`];
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function until(
  holds: () => boolean,
  { what, signal }: { readonly what: string; readonly signal: AbortSignal },
): Promise<void> {
  const endMs = performance.now() + PATIENCE_MS;
  while (!holds()) {
    if (performance.now() > endMs) throw new Error(`it did not come about that ${what}`);
    await sleep(POLL_MS, undefined, { signal });
  }
}

function summary(rounds: readonly Round[]) {
  const of = (values: readonly number[]) => ({
    p50: Math.round(percentile(values, 0.5)),
    p95: Math.round(percentile(values, 0.95)),
    max: Math.round(Math.max(...values)),
  });
  return {
    goneMs: of(rounds.map(({ goneMs }) => goneMs)),
    otherStartsMs: of(rounds.map(({ startMs }) => startMs)),
    withinASecond: rounds.filter(({ goneMs }) => goneMs <= 1_000).length,
  };
}

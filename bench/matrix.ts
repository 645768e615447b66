/**
 * `npm run bench -- matrix [--seed S] [--share F] [--programs N] [--shape PARTS] [--json]`: every collective
 * x type x operator x size around a switch of algorithm, with random roots, buffers and
 * communicators, on 1 to 9 ranks in 1 to 4 hosts, against a serial reference; then random
 * point-to-point programs. Real host processes over TCP. `--share` of the cases (1), `--programs` in
 * all (100,000), `--shape 0120` for one shape: the part of every rank.
 */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { startHosts } from '../test/collectives/jobs.ts';
import type { Hosts, Job } from '../test/collectives/jobs.ts';
import type { MatrixOutcome } from '../test/collectives/kernels/matrix.ts';
import { wholeNumberAfter } from './wholeNumberAfter.ts';

export type MatrixBench = {
  readonly seed: number;
  readonly share: number;
  readonly shapes: number;
  /** Calls whose results were compared, each on all of its ranks. */
  readonly cases: number;
  readonly programs: number;
  readonly failures: number;
  readonly seconds: number;
  readonly shown: readonly string[];
};

const RANKS_MAXIMUM = 9;
const HOSTS_MAXIMUM = 4;
const DEFAULT_PROGRAMS = 100_000;
/** Where point-to-point programs run, and which share of them. */
const PROGRAM_SHAPES = { '00': 0.4, '000': 0.2, '01': 0.2, '0011': 0.1, '0120': 0.1 };

export async function run(argv: string[]): Promise<MatrixBench> {
  const seed = wholeNumberAfter(argv, '--seed') ?? 1;
  const programs = wholeNumberAfter(argv, '--programs') ?? DEFAULT_PROGRAMS;
  const share = shareAfter(argv);
  const only = argv[argv.indexOf('--shape') + 1];
  const shapes = argv.includes('--shape') && only ? [partsOf(only)] : allShapes();
  const began = performance.now();
  const shown: string[] = [];
  let cases = 0;
  let played = 0;
  const hosts = startHosts(sourceOf(import.meta.dirname));
  try {
    for (const [turn, partOfRank] of shapes.entries()) {
      // Other sizes in every shape.
      const params = { seed: seed + turn, share };
      const outcomes = await outcomesOf(hosts, { partOfRank, kernel: 'matrix', params }, shown);
      cases += Math.max(0, ...outcomes.map((value) => (value as MatrixOutcome).cases));
      shown.push(...outcomes.flatMap((value) => (value as MatrixOutcome).wrong));
    }
    for (const [shape, part] of Object.entries(PROGRAM_SHAPES)) {
      const count = Math.round(programs * part);
      if (count === 0) continue;
      const params = { seed, programs: count };
      const job = { partOfRank: partsOf(shape), kernel: 'pointPrograms', params };
      shown.push(...(await outcomesOf(hosts, job, shown)).flatMap((value) => value as string[]));
      played += count;
    }
  } finally {
    hosts.stop();
  }
  if (shown.length > 0) process.exitCode = 1;
  const seconds = Math.round((performance.now() - began) / 1000);
  const counts = { cases, programs: played, failures: shown.length, seconds };
  return { seed, share, shapes: shapes.length, ...counts, shown: shown.slice(0, 20) };
}

/** What the ranks returned; ranks that failed are told in `shown`. */
async function outcomesOf(hosts: Hosts, job: Job, shown: string[]): Promise<unknown[]> {
  const began = performance.now();
  const outcomes = await hosts.run(job);
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  process.stderr.write(`${job.kernel} ${job.partOfRank.join('')}: ${seconds} s\n`);
  for (const { rank, error } of outcomes) {
    if (error)
      shown.push(`${job.partOfRank.join('')} rank ${rank}: ${error.name}: ${error.message}`);
  }
  return outcomes.flatMap(({ value, error }) => (error ? [] : [value]));
}

/** Ranks dealt to the hosts in runs where the ranks are even in number, else one by one. */
function allShapes(): number[][] {
  const shapes: number[][] = [];
  for (let ranks = 1; ranks <= RANKS_MAXIMUM; ranks++) {
    for (let hosts = 1; hosts <= Math.min(ranks, HOSTS_MAXIMUM); hosts++) {
      const dealt = Array.from({ length: ranks }, (_, rank) =>
        ranks % 2 === 0 ? Math.floor((rank * hosts) / ranks) : rank % hosts,
      );
      shapes.push(dealt);
    }
  }
  return shapes;
}

function partsOf(shape: string): number[] {
  if (/^[0-9]{1,16}$/.test(shape)) return [...shape].map(Number);
  throw new RangeError(`--shape ${shape}: it is the part of every rank, like 0120`);
}

function shareAfter(argv: readonly string[]): number {
  const at = argv.indexOf('--share');
  const share = at < 0 ? 1 : Number(argv[at + 1]);
  if (share >= 0 && share <= 1) return share;
  throw new RangeError('--share needs a number from 0 to 1');
}

/** The hosts' program is bundled from its source, also when this runs from dist/. */
function sourceOf(from: string): string {
  const source = join(from, 'test/collectives');
  return existsSync(join(source, 'host.ts')) ? source : sourceOf(dirname(from));
}

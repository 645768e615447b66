import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { buildSync } from 'esbuild';
import { ALONE, aloneChecks } from './collectives/alone.ts';
import type { Measured, MeasureOptions } from './collectives/measure.ts';
import { namespacesOf } from './collectives/namespaces.ts';
import type { Namespaces } from './collectives/namespaces.ts';
import { runOurs } from './collectives/ours.ts';
import type { Shape } from './collectives/ours.ts';
import {
  cacheLineProbe,
  compilePeer,
  mpi4py,
  openMpi,
  openMpiBetween,
  openMpiTcp,
  openMpiYielding,
  phaseOf,
} from './collectives/peers.ts';
import type { Peer } from './collectives/peers.ts';

/**
 * `npm run bench -- collectives [--quick] [--seconds S] [--max-bytes N] [--sizes N,N] [--only TEXT]`:
 * our collectives beside Open MPI and mpi4py, pair by pair: probe, peer, probe, ours, probe. A pair
 * whose probes disagree is tagged `mixed` and proves nothing. `--only` takes the setups whose label
 * holds the text: `OPERATION BUFFERS N ranks M hosts NAME`, NAME being memory, loopback, crowded
 * (more ranks than cores), 1gbit (namespaces; needs root), or `alone` for
 * what has no peer (heap, waiting, heartbeat, start, instrumentation).
 * `--sizes` takes these of a setup's sizes in bytes.
 */

export type Row = {
  readonly op: string;
  readonly bytes: number;
  readonly ranks: number;
  readonly hosts: number;
  readonly buffers: string;
  readonly setup: string;
  readonly phase: string;
  readonly oursUs: number;
  readonly peer: string;
  readonly peerUs: number | null;
  readonly ratio: number | null;
};

type Setup = Shape & {
  readonly name: 'memory' | 'loopback' | 'crowded' | '1gbit';
  readonly operations: readonly string[];
  readonly buffers: MeasureOptions['buffers'];
  readonly peers: readonly (Peer | undefined)[];
  readonly sizes?: readonly number[];
};

const SIZES = [8, 1024, 65536, 1 << 20, 1 << 24, 1 << 26];
const MOVES_MAXIMUM = 1 << 24;
const MOVES = ['bcast', 'scatter', 'gather', 'alltoall'];

type Tools = {
  readonly bundle: string;
  readonly probe: () => number;
  readonly seconds: number;
};

export async function run(argv: string[]): Promise<unknown> {
  const value = (name: string, otherwise: string): string => {
    const at = argv.indexOf(name);
    return at < 0 ? otherwise : (argv[at + 1] ?? otherwise);
  };
  const quick = argv.includes('--quick');
  const seconds = Number(value('--seconds', quick ? '0.05' : '0.2'));
  const maximum = Number(value('--max-bytes', quick ? String(1 << 20) : String(1 << 26)));
  const only = value('--only', '');
  const chosen = value('--sizes', '').split(',').filter(Boolean).map(Number);
  const isWanted = (size: number): boolean => chosen.length === 0 || chosen.includes(size);
  const directory = mkdtempSync(join(tmpdir(), 'pibatch-bench-'));
  const source = sourceRoot(import.meta.dirname);
  const binary = compilePeer(source, directory);
  const spaces = namespacesOf(HOSTS_MAXIMUM, directory);
  try {
    const wanted = setups(source, binary, spaces).flatMap((setup) =>
      setup.operations
        .filter((op) => labelOf(setup, op).includes(only))
        .map((op) => ({ setup, op })),
    );
    const between = wanted.some(({ setup }) => setup.hosts) && spaces.open();
    const bundle = bundleHost(source, directory);
    const tools = { bundle, probe: cacheLineProbe(source, directory), seconds };
    const rows: Row[] = [];
    for (const { setup, op } of wanted) {
      if (setup.hosts && !between) continue;
      const limit = MOVES.includes(op) && op !== 'bcast' ? MOVES_MAXIMUM : maximum;
      const sizes = (setup.sizes ?? SIZES).filter(
        (size) => size <= Math.min(limit, maximum) && isWanted(size),
      );
      if (sizes.length > 0) rows.push(...(await pair(setup, op, sizes, tools)));
    }
    const parts = ALONE.filter((part) => 'alone'.includes(only) || part === only);
    const checks = await aloneChecks(bundle, binary, { parts, quick });
    const alone = parts.length > 0 ? checks : undefined;
    return { bench: 'collectives', node: process.version, seconds, rows, alone };
  } finally {
    spaces.close();
    rmSync(directory, { recursive: true, force: true });
  }
}

/** The benchmark compiles programs beside it, also when it runs from dist/. */
function sourceRoot(from: string): string {
  return existsSync(join(from, 'bench/collectives/mpibench.c')) ? from : sourceRoot(dirname(from));
}

const hostsOf = ({ partOfRank }: Shape): number => new Set(partOfRank).size;

const labelOf = (setup: Setup, op: string): string =>
  `${op} ${setup.buffers} ${setup.partOfRank.length} ranks ${hostsOf(setup)} hosts ${setup.name}`;

function setups(source: string, binary: string | undefined, spaces: Namespaces): Setup[] {
  const peer = (make: (of: string) => Peer): Peer | undefined =>
    binary === undefined ? undefined : make(binary);
  const pairOfRanks = { name: 'memory', partOfRank: [0, 0], buffers: 'arena' } as const;
  const mpi = peer((of) => openMpi(of, 2));
  const both = ['barrier', 'allreduce'];
  return [
    { ...pairOfRanks, operations: both, peers: [mpi, mpi4py(source, 2)] },
    { ...pairOfRanks, operations: ['allreduce'], buffers: 'private', peers: [mpi] },
    { ...pairOfRanks, operations: MOVES, peers: [mpi] },
    {
      ...pairOfRanks,
      name: 'loopback',
      operations: both,
      partOfRank: [0, 1],
      peers: [peer((of) => openMpiTcp(of, 2))],
    },
    {
      ...pairOfRanks,
      name: 'crowded',
      operations: both,
      partOfRank: [0, 0, 0, 0],
      peers: [peer((of) => openMpiYielding(of, 4))],
      sizes: [8, 65536, 1 << 20],
    },
    ...gigabitSetups(binary, spaces),
  ];
}

const HOSTS_MAXIMUM = 4;

function gigabitSetups(binary: string | undefined, spaces: Namespaces): Setup[] {
  const shapes = [
    { hosts: 2, each: 1, han: [false] },
    { hosts: 2, each: 2, han: [false, true] },
    { hosts: 4, each: 1, han: [false] },
  ];
  return shapes.map(({ hosts, each, han }) => ({
    name: '1gbit',
    operations: ['allreduce'],
    buffers: 'arena',
    partOfRank: Array.from({ length: hosts * each }, (_, rank) => Math.floor(rank / each)),
    hosts: spaces.addresses
      .slice(0, hosts)
      .map((address, part) => ({ address, within: spaces.within(part) })),
    peers: han.map((with_) =>
      binary === undefined
        ? undefined
        : openMpiBetween(binary, spaces, { hosts, each, han: with_ }),
    ),
  }));
}

function bundleHost(source: string, directory: string): string {
  const outfile = join(directory, 'host.mjs');
  buildSync({
    entryPoints: [join(source, 'bench/collectives/host.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
  });
  return outfile;
}

async function pair(
  setup: Setup,
  op: string,
  sizes: readonly number[],
  { bundle, probe, seconds }: Tools,
): Promise<Row[]> {
  const { buffers, partOfRank } = setup;
  const rows: Row[] = [];
  const peers: (Peer | undefined)[] = setup.peers.filter((peer) => peer !== undefined);
  if (peers.length === 0) peers.push(undefined);
  for (const peer of peers) {
    const probes = [probe()];
    const theirs = peer?.measure([op], seconds, sizes) ?? [];
    probes.push(probe());
    const task = { kind: 'measure', operations: [op], buffers, sizes, seconds } as const;
    const { rows: ours } = await runOurs(bundle, setup, task);
    probes.push(probe());
    const found = (row: Measured): Measured | undefined =>
      theirs.find(({ op: name, bytes }) => name === row.op && bytes === row.bytes);
    for (const row of ours) {
      const peerUs = found(row)?.us ?? null;
      rows.push({
        op,
        bytes: row.bytes,
        ranks: partOfRank.length,
        hosts: hostsOf(setup),
        buffers,
        setup: setup.name,
        phase: phaseOf(probes),
        oursUs: Number(row.us.toFixed(3)),
        peer: peer?.name ?? 'none',
        peerUs,
        ratio: peerUs === null ? null : Number((row.us / peerUs).toFixed(3)),
      });
    }
  }
  return rows;
}

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import type { Measured, MeasureOptions } from './collectives/measure.ts';
import { measureOurs } from './collectives/ours.ts';
import { cacheLineProbe, mpi4py, openMpi, phaseOf } from './collectives/peers.ts';
import type { Peer } from './collectives/peers.ts';

/**
 * `npm run bench -- collectives [--quick] [--seconds S] [--max-bytes N] [--only TEXT]`: our
 * collectives beside Open MPI and mpi4py, pair by pair: probe, peer, probe, ours, probe. A pair
 * whose probes disagree is tagged `mixed` and proves nothing.
 */

export type Row = {
  readonly op: string;
  readonly bytes: number;
  readonly ranks: number;
  readonly hosts: number;
  readonly buffers: string;
  readonly phase: string;
  readonly oursUs: number;
  readonly peer: string;
  readonly peerUs: number | null;
  readonly ratio: number | null;
};

type Setup = {
  readonly operations: readonly string[];
  readonly buffers: MeasureOptions['buffers'];
  readonly partOfRank: readonly number[];
  readonly peers: readonly (Peer | undefined)[];
};

const SIZES = [8, 1024, 65536, 1 << 20, 1 << 24, 1 << 26];
const MOVES_MAXIMUM = 1 << 24;

export async function run(argv: string[]): Promise<unknown> {
  const value = (name: string, otherwise: string): string => {
    const at = argv.indexOf(name);
    return at < 0 ? otherwise : (argv[at + 1] ?? otherwise);
  };
  const quick = argv.includes('--quick');
  const seconds = Number(value('--seconds', quick ? '0.05' : '0.2'));
  const maximum = Number(value('--max-bytes', quick ? String(1 << 20) : String(1 << 26)));
  const only = value('--only', '');
  const directory = mkdtempSync(join(tmpdir(), 'pibatch-bench-'));
  const source = join(import.meta.dirname, '..');
  try {
    const bundle = bundleHost(source, directory);
    const probe = cacheLineProbe(source, directory);
    const rows: Row[] = [];
    for (const setup of setups(source, directory)) {
      for (const op of setup.operations) {
        const hosts = new Set(setup.partOfRank).size;
        const label = `${op} ${setup.buffers} ${setup.partOfRank.length} ranks ${hosts} hosts`;
        if (!label.includes(only)) continue;
        const limit = /scatter|gather|alltoall/.test(op)
          ? Math.min(maximum, MOVES_MAXIMUM)
          : maximum;
        const sizes = SIZES.filter((size) => size <= limit);
        rows.push(...(await pair({ setup, op, bundle, probe, seconds, sizes })));
      }
    }
    return { bench: 'collectives', node: process.version, seconds, rows };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function setups(source: string, directory: string): Setup[] {
  const shared = openMpi(source, directory, { ranks: 2, tcp: false });
  const python = mpi4py(source, 2);
  const tcp = openMpi(source, directory, { ranks: 2, tcp: true });
  const moves = ['bcast', 'scatter', 'gather', 'alltoall'];
  return [
    {
      operations: ['barrier', 'allreduce'],
      buffers: 'arena',
      partOfRank: [0, 0],
      peers: [shared, python],
    },
    { operations: ['allreduce'], buffers: 'private', partOfRank: [0, 0], peers: [shared] },
    { operations: moves, buffers: 'arena', partOfRank: [0, 0], peers: [shared] },
    { operations: ['barrier', 'allreduce'], buffers: 'arena', partOfRank: [0, 1], peers: [tcp] },
  ];
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

async function pair(work: {
  readonly setup: Setup;
  readonly op: string;
  readonly bundle: string;
  readonly probe: () => number;
  readonly seconds: number;
  readonly sizes: readonly number[];
}): Promise<Row[]> {
  const { setup, op, bundle, probe, seconds, sizes } = work;
  const { buffers, partOfRank } = setup;
  const maximum = Math.max(...sizes);
  const rows: Row[] = [];
  const peers: (Peer | undefined)[] = setup.peers.filter((peer) => peer !== undefined);
  if (peers.length === 0) peers.push(undefined);
  for (const peer of peers) {
    const probes = [probe()];
    const theirs = peer?.measure([op], seconds, maximum) ?? [];
    probes.push(probe());
    const ours = await measureOurs(bundle, partOfRank, {
      operations: [op],
      buffers,
      sizes,
      seconds,
    });
    probes.push(probe());
    const found = (row: Measured): Measured | undefined =>
      theirs.find(({ op: name, bytes }) => name === row.op && bytes === row.bytes);
    for (const row of ours) {
      const peerUs = found(row)?.us ?? null;
      rows.push({
        op,
        bytes: row.bytes,
        ranks: partOfRank.length,
        hosts: new Set(partOfRank).size,
        buffers,
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

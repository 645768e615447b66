import { spawnSync } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { Measured } from './measure.ts';
import type { Namespaces } from './namespaces.ts';

/** The programs that we compare with, compiled from the C beside this file when they can be. */

export type Peer = {
  readonly name: string;
  measure(
    operations: readonly string[],
    seconds: number,
    sizes: readonly number[],
  ): readonly Measured[];
};

const MPI_ENVIRONMENT = {
  OMPI_ALLOW_RUN_AS_ROOT: '1',
  OMPI_ALLOW_RUN_AS_ROOT_CONFIRM: '1',
};

function output(command: string, args: readonly string[]): string | undefined {
  const env = { ...process.env, ...MPI_ENVIRONMENT };
  const { status, stdout } = spawnSync(command, args, { encoding: 'utf8', env, timeout: 120_000 });
  return status === 0 ? stdout : undefined;
}

const here = (source: string, file: string): string => join(source, 'bench/collectives', file);

/** The compiled benchmark, or undefined where there is no Open MPI. */
export function compilePeer(source: string, directory: string): string | undefined {
  const binary = join(directory, 'mpibench');
  const made = output('mpicc', ['-O2', '-o', binary, here(source, 'mpibench.c')]);
  return made === undefined ? undefined : binary;
}

const LOOSE = ['--bind-to', 'none', '--oversubscribe'];

function mpirun(name: string, binary: string, command: readonly string[]): Peer {
  return {
    name,
    measure: (operations, seconds, sizes) => {
      const program = [binary, 'ompi', String(seconds), operations.join(','), sizes.join(',')];
      const [first = 'mpirun', ...rest] = [...command, ...program];
      return parse(output(first, rest) ?? '');
    },
  };
}

/** Open MPI with `ranks` processes in one memory. */
export const openMpi = (binary: string, ranks: number): Peer =>
  mpirun('Open MPI', binary, ['mpirun', ...LOOSE, '-np', String(ranks)]);

/** For more processes than cores: who waits gives its core away. */
export const openMpiYielding = (binary: string, ranks: number): Peer => {
  const yields = ['--mca', 'mpi_yield_when_idle', '1'];
  return mpirun('Open MPI yielding', binary, ['mpirun', ...LOOSE, ...yields, '-np', String(ranks)]);
};

/** Open MPI made to talk over loopback TCP. */
export const openMpiTcp = (binary: string, ranks: number): Peer => {
  const transport = ['--mca', 'btl', 'tcp,self', '--mca', 'btl_tcp_if_include', 'lo'];
  return mpirun('Open MPI tcp', binary, ['mpirun', ...LOOSE, ...transport, '-np', String(ranks)]);
};

/** Open MPI with ranks in the first `hosts` namespaces; `han`: its hierarchical collectives. */
export function openMpiBetween(
  binary: string,
  spaces: Namespaces,
  shape: { readonly hosts: number; readonly each: number; readonly han: boolean },
): Peer {
  const hosts = spaces.addresses.slice(0, shape.hosts).map((host) => `${host}:${shape.each}`);
  const links = ['--mca', 'oob_tcp_if_include', 'eth0', '--mca', 'btl_tcp_if_include', 'eth0'];
  const remote = ['--mca', 'plm_rsh_agent', spaces.agent, '--mca', 'btl', 'tcp,vader,self'];
  const han = shape.han ? ['--mca', 'coll_han_priority', '100'] : [];
  const crowded = shape.hosts * shape.each > availableParallelism();
  const yields = crowded ? ['--mca', 'mpi_yield_when_idle', '1'] : [];
  const words = ['mpirun', ...LOOSE, '-H', hosts.join(','), ...links, ...remote, ...han, ...yields];
  const count = String(shape.hosts * shape.each);
  const command = [
    'sh',
    '-c',
    `hostname ${spaces.nameOf(0)}; exec "$@"`,
    'sh',
    ...words,
    '-np',
    count,
  ];
  const name = shape.han ? 'Open MPI HAN' : 'Open MPI';
  return mpirun(name, binary, [...spaces.within(0), 'unshare', '--uts', ...command]);
}

export function mpi4py(source: string, ranks: number): Peer | undefined {
  if (output('/usr/bin/python3', ['-c', 'import mpi4py, numpy']) === undefined) return undefined;
  const command = ['mpirun', ...LOOSE, '-np', String(ranks), '/usr/bin/python3'];
  return {
    name: 'mpi4py',
    measure: (operations, seconds) => {
      const known = operations.filter((name) => ['allreduce', 'barrier', 'bcast'].includes(name));
      if (known.length === 0) return [];
      const program = [here(source, 'mpi4pybench.py'), 'mpi4py', String(seconds), known.join(',')];
      const [first = 'mpirun', ...rest] = [...command, ...program];
      return parse(output(first, rest) ?? '');
    },
  };
}

/** Milliseconds of `mpirun` with a program that meets once. */
export function mpirunStartMs(binary: string, ranks: number): number {
  const began = performance.now();
  output('mpirun', [...LOOSE, '-np', String(ranks), binary, 'ompi', '0', 'none', '8']);
  return performance.now() - began;
}

function parse(text: string): Measured[] {
  return text.split('\n').flatMap((line) => {
    const [, op, bytes, , us] = line.split('\t');
    return op === undefined || us === undefined
      ? []
      : [{ op, bytes: Number(bytes), us: Number(us) }];
  });
}

/** One-way time of a cache line between two cores, ns: tells which phase the machine is in. */
export function cacheLineProbe(source: string, directory: string): () => number {
  const binary = join(directory, 'probe');
  const made = output('cc', ['-O2', '-pthread', '-o', binary, here(source, 'probe.c')]);
  return () => (made === undefined ? NaN : Number(output(binary, []) ?? NaN));
}

/** Whether all probes around a pair say the same. */
export function phaseOf(probes: readonly number[]): string {
  if (probes.some((ns) => Number.isNaN(ns))) return 'unknown';
  if (Math.max(...probes) < 70) return 'near';
  return Math.min(...probes) > 200 ? 'far' : 'mixed';
}
